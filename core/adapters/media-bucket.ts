import type { Readable } from 'node:stream';
import type { Clock } from '../domain/clock.ts';
import { FILE_LIMITS } from './clients/request-limits.ts';
import { makeSignedRequests, type SdkConfig } from './signed-requests.ts';

/** What S3 says of a file. */
export interface StoredFile {
  readonly sizeBytes: number;
  readonly mimeType: string;
}

/** The media bucket, as far as the API needs it: small files go in through it, large ones go past it with presigned URLs. */
export interface MediaBucket {
  /** @param file.sha256 digest, base64: S3 checks it */
  put(key: string, bytes: Uint8Array, file: { readonly mimeType: string; readonly sha256: string }): Promise<void>;
  head(key: string): Promise<StoredFile | undefined>;
  /** @throws Error for a file that is not there */
  read(key: string): Promise<Readable>;
  /** Also of one that is not there. */
  remove(key: string): Promise<void>;
  /** @param fileName what a browser saves it as */
  presignRead(method: 'GET' | 'HEAD', key: string, options: PresignedRead): Promise<string>;
  /** @param headers have to be sent with the file as they are */
  presignUpload(key: string, headers: Readonly<Record<string, string>>, expiresInS: number): Promise<string>;
}

export interface PresignedRead {
  readonly expiresInS: number;
  readonly mimeType: string;
  readonly fileName?: string | undefined;
}

export interface MediaBucketOptions {
  readonly sdk: SdkConfig;
  readonly bucketName: string;
  readonly region: string;
  /** Of an S3 that is not AWS's own, where buckets are part of the path; undefined in AWS. */
  readonly endpoint: string | undefined;
  readonly clock: Clock;
}

const OK = 200;
/** S3 says so of what is not there to whoever may not list the bucket. */
const FORBIDDEN = 403;
const NOT_FOUND = 404;

export function makeMediaBucket(options: MediaBucketOptions): MediaBucket {
  const { bucketName, region, endpoint, clock, sdk } = options;
  const requestTimeoutMs = FILE_LIMITS.requestTimeout;
  const requests = makeSignedRequests({ sdk, service: 's3', clock, requestTimeoutMs });
  const base = endpoint ? `${endpoint}/${bucketName}` : `https://${bucketName}.s3.${region}.amazonaws.com`;
  const urlOf = (key: string): URL => new URL(`${base}/${key}`);
  const unexpected = (what: string, status: number): Error =>
    Object.assign(new Error(`S3 answered ${status} to ${what}`), { $metadata: { httpStatusCode: status } });

  return {
    async put(key, bytes, { mimeType, sha256 }) {
      const payload = Buffer.from(sha256, 'base64').toString('hex');
      const headers = { 'content-type': mimeType, 'x-amz-content-sha256': payload };
      const { status, body } = await requests.send({ method: 'PUT', url: urlOf(key), headers, body: bytes });
      body.resume();
      if (status !== OK) throw unexpected('PutObject', status);
    },
    async head(key) {
      const { status, headers, body } = await requests.send({ method: 'HEAD', url: urlOf(key), headers: UNSIGNED });
      body.resume();
      if (status === NOT_FOUND || status === FORBIDDEN) return undefined;
      if (status !== OK) throw unexpected('HeadObject', status);
      return { sizeBytes: Number(headers['content-length']), mimeType: headers['content-type'] ?? '' };
    },
    async read(key) {
      const { status, body } = await requests.send({ method: 'GET', url: urlOf(key), headers: UNSIGNED });
      if (status === OK) return body as Readable;
      body.resume();
      throw unexpected('GetObject', status);
    },
    async remove(key) {
      const { status, body } = await requests.send({ method: 'DELETE', url: urlOf(key), headers: UNSIGNED });
      body.resume();
      if (status >= 300 && status !== NOT_FOUND) throw unexpected('DeleteObject', status);
    },
    presignRead(method, key, { expiresInS, mimeType, fileName }) {
      const url = urlOf(key);
      url.searchParams.set('response-content-type', mimeType);
      url.searchParams.set('response-content-disposition', dispositionOf(fileName));
      return requests.presign({ method, url }, expiresInS);
    },
    presignUpload: (key, headers, expiresInS) =>
      requests.presign({ method: 'PUT', url: urlOf(key), headers }, expiresInS),
  };
}

/** The body of these has nothing to sign. */
const UNSIGNED = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } as const;

/** Never shown in the browser under our name: a sender chose what it is. */
const dispositionOf = (fileName: string | undefined): string =>
  fileName === undefined ? 'attachment' : `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
