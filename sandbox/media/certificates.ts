import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const LOOPBACK = '127.0.0.1';
const YEARS = 10;
/** A machine's clock may be behind the one that made the certificate. */
const BACKDATED_MS = 24 * 60 * 60 * 1000;

/** The media host's key and certificate, and the file that clients must trust. */
export interface MediaCertificate {
  readonly key: string;
  readonly certificate: string;
  readonly caCertificateFile: string;
}

/**
 * The media host's certificate for 127.0.0.1, signed by an authority of its own. Both are made at the first start and
 * kept in the folder, so that what trusts them once trusts them after a restart. Needs no network.
 */
export async function mediaCertificate(folder: string): Promise<MediaCertificate> {
  const caCertificateFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'media-key.pem');
  const certificateFile = join(folder, 'media-certificate.pem');
  if (![caCertificateFile, keyFile, certificateFile].every((file) => existsSync(file))) {
    mkdirSync(folder, { recursive: true });
    const made = await makeCertificates();
    writeFileSync(keyFile, made.key, { mode: 0o600 });
    writeFileSync(certificateFile, made.certificate);
    writeFileSync(caCertificateFile, made.authority);
  }
  return {
    key: readFileSync(keyFile, 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
    caCertificateFile,
  };
}

async function makeCertificates(): Promise<{ key: string; certificate: string; authority: string }> {
  // TLS clients judge validity by the machine's own time, whatever time the sandbox plays.
  const now = Date.now();
  const notAfterDate = new Date(now);
  notAfterDate.setFullYear(notAfterDate.getFullYear() + YEARS);
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - BACKDATED_MS),
    notAfterDate,
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'Pombo sandbox authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const host = await generate([{ name: 'commonName', value: LOOPBACK }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: LOOPBACK },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { key: host.private, certificate: host.cert, authority: authority.cert };
}
