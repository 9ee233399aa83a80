import type { IncomingMessage } from 'node:http';
import type { AwsCall } from '../aws/aws-server.ts';
import { s3Error } from './s3-error.ts';

/** The S3 API reference: key names are at most 1,024 bytes in UTF-8. */
const MAX_KEY_BYTES = 1024;

/** A request as S3 reads it: path-style address, decoded. */
export interface S3Request {
  readonly method: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for a bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names. Those that a presigned URL carries in its query are among them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly message: IncomingMessage;
  readonly call: AwsCall;
}

/**
 * Reads address, query and headers.
 * @throws AwsError InvalidURI, KeyTooLongError
 */
export function readS3Request(message: IncomingMessage, call: AwsCall): S3Request {
  // Not `call.url`: a URL drops `..` from the path, which a key may contain.
  const { path, query } = splitTarget(message.url ?? '/');
  const [, bucket = '', ...rest] = path.split('/');
  const key = decode(rest.join('/'));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw s3Error('KeyTooLongError', undefined, { MaxSizeAllowed: String(MAX_KEY_BYTES) });
  }
  const pairs = new Map(readQuery(query));
  const method = message.method ?? 'GET';
  return { method, bucket: decode(bucket), key, query: pairs, headers: readHeaders(message, pairs), message, call };
}

/** Path and query of a request target, undecoded. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** Decoded pairs in their order. @throws AwsError InvalidURI */
export function readQuery(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at === -1 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

/** @throws AwsError InvalidURI */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw s3Error('InvalidURI', undefined, { URI: text, Reason: String(cause) });
  }
}

/**
 * A presigner moves `x-amz-` headers into the query, where S3 honours them, except for checksums
 * (seen in aws-sdk-js-v3 issue 4448 and aws-sdk-go-v2 issue 2610).
 */
function readHeaders(message: IncomingMessage, query: ReadonlyMap<string, string>): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    if (lower.startsWith('x-amz-') && !lower.includes('checksum')) headers.set(lower, value);
  }
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(',') : value);
  }
  return headers;
}

/** An unsigned integer in a query or header. @throws AwsError InvalidArgument */
export function readInteger(text: string, name: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text)) {
    throw s3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return value;
}
