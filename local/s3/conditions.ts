import { s3Error } from './s3-error.ts';

type Headers = ReadonlyMap<string, string>;

/** What conditions look at. */
export interface ObjectState {
  /** Without quotes */
  readonly etag: string;
  /** Milliseconds since the epoch */
  readonly modified_at: number;
}

/**
 * Conditions of GetObject and HeadObject (RFC 9110 section 13.2.2; S3 follows its order).
 * @param prefix `x-amz-copy-source-` for the source of a copy
 * @returns what to answer
 */
export function readCondition(
  headers: Headers,
  object: ObjectState,
  prefix = '',
): 'proceed' | 'not modified' | 'failed' {
  const of = (name: string): string | undefined => headers.get(prefix + name);
  const since = (name: string): number => Date.parse(of(name) ?? '');
  const modifiedS = Math.floor(object.modified_at / 1000) * 1000;
  const match = of('if-match');
  if (match !== undefined) {
    if (!matches(match, object.etag)) return 'failed';
  } else if (modifiedS > since('if-unmodified-since')) {
    return 'failed';
  }
  const noneMatch = of('if-none-match');
  if (noneMatch !== undefined) return matches(noneMatch, object.etag) ? 'not modified' : 'proceed';
  return modifiedS <= since('if-modified-since') ? 'not modified' : 'proceed';
}

/**
 * Conditions of writes: `If-None-Match: *` and `If-Match: <etag>`.
 * @throws AwsError PreconditionFailed, NoSuchKey (If-Match without an object), NotImplemented
 */
export function checkWriteCondition(headers: Headers, object: ObjectState | undefined): void {
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw s3Error('NotImplemented', 'If-None-Match takes only * on writes.');
    if (object) throw s3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  }
  const match = headers.get('if-match');
  if (match === undefined) return;
  if (!object) throw s3Error('NoSuchKey');
  if (!matches(match, object.etag)) throw s3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^"(.*)"$/, '$1')));
}
