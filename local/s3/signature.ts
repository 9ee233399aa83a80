import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { s3Error } from './s3-error.ts';
import { decode, readQuery, splitTarget } from './s3-request.ts';

/** Secret access key of an access key id; undefined when there is no such key. */
export type SecretOf = (accessKeyId: string) => string | undefined;

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Longest life of a presigned URL with Signature Version 4: seven days. */
const MAX_EXPIRES_S = 7 * 24 * 3600;

/** What a request says about its signature. */
interface Claim {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  /** `<date>/<region>/s3/aws4_request` */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly date: string;
  readonly payloadHash: string;
  /** Life of a presigned URL in seconds. */
  readonly expiresS: number;
}

/**
 * Checks Signature Version 4, in the header or in a presigned URL, and the expiry of the latter. The age
 * of a header signature is not checked: with a virtual clock, callers in other processes may lag behind.
 * @returns the payload hash that was signed (a hex SHA-256, `UNSIGNED-PAYLOAD` or `STREAMING-…`)
 * @throws AwsError AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, Authorization…
 */
export function verifySignature(message: IncomingMessage, secretOf: SecretOf, nowMs: number): string {
  const { path, query } = splitTarget(message.url ?? '/');
  const pairs = readQuery(query);
  const claim = readClaim(message, new Map(pairs));
  if (claim.presigned) checkExpiry(claim, nowMs);
  const secret = secretOf(claim.accessKeyId);
  if (secret === undefined) {
    throw s3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: claim.accessKeyId });
  }
  refuseUnsignedHeaders(message, claim);
  const canonical = canonicalRequest(message, path, pairs, claim);
  // Node reads headers as ISO-8859-1: this gives back the bytes that were sent, and all the rest is ASCII.
  const digest = createHash('sha256').update(canonical, 'latin1').digest('hex');
  const stringToSign = [ALGORITHM, claim.date, claim.scope, digest].join('\n');
  const expected = createHmac('sha256', signingKey(secret, claim.scope)).update(stringToSign).digest('hex');
  const [left, right] = [Buffer.from(expected), Buffer.from(claim.signature)];
  if (left.length !== right.length || !timingSafeEqual(left, right)) {
    throw s3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: stringToSign,
      CanonicalRequest: canonical,
    });
  }
  return claim.payloadHash;
}

function readClaim(message: IncomingMessage, query: ReadonlyMap<string, string>): Claim {
  const header = message.headers.authorization;
  if (header !== undefined) return readHeaderClaim(header, message);
  if (!query.has('X-Amz-Signature')) throw s3Error('AccessDenied');
  const of = (name: string): string => {
    const value = query.get(`X-Amz-${name}`);
    if (!value) throw s3Error('AuthorizationQueryParametersError', `X-Amz-${name} is missing.`);
    return value;
  };
  const expires = of('Expires');
  if (of('Algorithm') !== ALGORITHM || !/^\d{1,6}$/.test(expires) || Number(expires) > MAX_EXPIRES_S) {
    throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Expires must be less than a week (in seconds).');
  }
  return {
    presigned: true,
    ...readCredential(of('Credential'), 'AuthorizationQueryParametersError'),
    signedHeaders: of('SignedHeaders').split(';'),
    signature: of('Signature'),
    date: of('Date'),
    payloadHash: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    expiresS: Number(expires),
  };
}

function readHeaderClaim(header: string, message: IncomingMessage): Claim {
  const found = /^AWS4-HMAC-SHA256 Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
    header,
  );
  const [, credential = '', signedHeaders = '', signature = ''] = found ?? [];
  const date = message.headers['x-amz-date'];
  const payloadHash = message.headers['x-amz-content-sha256'];
  if (!found || typeof date !== 'string') throw s3Error('AuthorizationHeaderMalformed');
  if (typeof payloadHash !== 'string') {
    throw s3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return {
    presigned: false,
    ...readCredential(credential, 'AuthorizationHeaderMalformed'),
    signedHeaders: signedHeaders.split(';'),
    signature,
    date,
    payloadHash,
    expiresS: 0,
  };
}

function readCredential(
  credential: string,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
): { readonly accessKeyId: string; readonly scope: string } {
  const found = /^([^/]+)\/(\d{8}\/[^/]+\/s3\/aws4_request)$/.exec(credential);
  if (!found) throw s3Error(code, 'The credential is not <key>/<date>/<region>/s3/aws4_request.');
  return { accessKeyId: found[1] ?? '', scope: found[2] ?? '' };
}

function checkExpiry(claim: Claim, nowMs: number): void {
  const iso = claim.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const endMs = Date.parse(iso) + claim.expiresS * 1000;
  if (Number.isNaN(endMs)) throw s3Error('AuthorizationQueryParametersError', 'X-Amz-Date is not a date.');
  if (nowMs <= endMs) return;
  throw s3Error('AccessDenied', 'Request has expired', {
    'X-Amz-Expires': String(claim.expiresS),
    Expires: new Date(endMs).toISOString(),
    ServerTime: new Date(nowMs).toISOString(),
  });
}

/** Whoever holds a presigned URL may not add what its maker did not sign. */
function refuseUnsignedHeaders(message: IncomingMessage, claim: Claim): void {
  const unsigned = Object.keys(message.headers).filter(
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !claim.signedHeaders.includes(name),
  );
  if (unsigned.length === 0) return;
  throw s3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: unsigned.join(', '),
  });
}

function canonicalRequest(
  message: IncomingMessage,
  path: string,
  pairs: readonly [string, string][],
  claim: Claim,
): string {
  const query = pairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort(byCodeUnit);
  const headers = claim.signedHeaders.map((name) => `${name}:${headerOf(message, name)}\n`);
  return [
    message.method,
    path
      .split('/')
      .map((segment) => encode(decode(segment)))
      .join('/'),
    query.join('&'),
    headers.join(''),
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n');
}

function headerOf(message: IncomingMessage, name: string): string {
  const value = message.headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ');
}

function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signingKey(secret: string, scope: string): Buffer {
  return scope
    .split('/')
    .reduce<Buffer>((key, part) => createHmac('sha256', key).update(part).digest(), Buffer.from(`AWS4${secret}`));
}
