import type { ObjectStore, StoredObject } from './object-store.ts';
import { bucketOf, checksumElements, type S3Action } from './s3-action.ts';
import { s3Error } from './s3-error.ts';
import { readInteger } from './s3-request.ts';
import { element, optional, xmlDocument } from './xml.ts';

const MAX_KEYS = 1000;
/** Rows read at once when keys are grouped by a delimiter. */
const GROUPED_BATCH = 16;
/** Sorts behind every key that begins with the text before it. */
const BEHIND_ALL = '\u{10ffff}';

export interface Listing {
  readonly objects: readonly StoredObject[];
  readonly commonPrefixes: readonly string[];
  /** Key or common prefix that the next page begins behind; undefined on the last page. */
  readonly next: string | undefined;
}

export interface ListingQuery {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Key to begin behind. */
  readonly after: string;
  /** `after` may be a common prefix, to begin behind all of its keys. */
  readonly afterGroup: boolean;
  /** Keys and common prefixes together. */
  readonly limit: number;
}

/** One page of keys in the order of their UTF-8 bytes; keys that share what comes before a delimiter count once. */
export function listPage(store: ObjectStore, query: ListingQuery): Listing {
  const { bucket, prefix, delimiter, limit } = query;
  const objects: StoredObject[] = [];
  const commonPrefixes: string[] = [];
  let last = '';
  // With a delimiter most rows of a large page would be skipped unread.
  const batch = delimiter === '' ? limit + 1 : Math.min(limit + 1, GROUPED_BATCH);
  let from = startOf(query);
  for (;;) {
    const found = store.objectsFrom(bucket, from, batch);
    let skipped = false;
    for (const object of found) {
      if (!object.key.startsWith(prefix)) return { objects, commonPrefixes, next: undefined };
      if (objects.length + commonPrefixes.length === limit) return { objects, commonPrefixes, next: last };
      const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
      if (end === -1) {
        objects.push(object);
        last = object.key;
        from = { key: object.key, included: false };
        continue;
      }
      last = object.key.slice(0, end + delimiter.length);
      commonPrefixes.push(last);
      from = { key: last + BEHIND_ALL, included: true };
      skipped = true;
      break;
    }
    if (!skipped && found.length < batch) return { objects, commonPrefixes, next: undefined };
  }
}

function startOf({ prefix, delimiter, after, afterGroup }: ListingQuery): { key: string; included: boolean } {
  if (Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0) return { key: prefix, included: true };
  const inGroup = afterGroup && delimiter !== '' && after.endsWith(delimiter);
  return inGroup ? { key: after + BEHIND_ALL, included: true } : { key: after, included: false };
}

/** ListObjectsV2 */
export const listObjectsV2: S3Action = (request, context) => {
  const { query } = request;
  context.allowListing(request.bucket, query.get('prefix') ?? '');
  const { name } = bucketOf(request, context);
  if (query.get('list-type') !== '2')
    throw s3Error('NotImplemented', 'Only version 2 of ListObjects is implemented here.');
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const limit = Math.min(readInteger(query.get('max-keys') ?? String(MAX_KEYS), 'max-keys'), MAX_KEYS);
  const after = token === undefined ? (startAfter ?? '') : readToken(token);
  const page: Listing =
    limit === 0
      ? { objects: [], commonPrefixes: [], next: undefined }
      : listPage(context.store, { bucket: name, prefix, delimiter, after, afterGroup: token !== undefined, limit });
  const encoded = query.get('encoding-type') === 'url' ? encodeKey : (key: string): string => key;
  return {
    status: 200,
    body: xmlDocument(
      'ListBucketResult',
      element('Name', name),
      element('Prefix', encoded(prefix)),
      optional('Delimiter', delimiter === '' ? undefined : encoded(delimiter)),
      element('MaxKeys', limit),
      optional('EncodingType', query.get('encoding-type')),
      optional('ContinuationToken', token),
      optional('StartAfter', startAfter === undefined ? undefined : encoded(startAfter)),
      element('KeyCount', page.objects.length + page.commonPrefixes.length),
      element('IsTruncated', page.next !== undefined),
      optional('NextContinuationToken', page.next === undefined ? undefined : writeToken(page.next)),
      page.objects.map((object) =>
        element(
          'Contents',
          element('Key', encoded(object.key)),
          element('LastModified', new Date(object.modified_at).toISOString()),
          element('ETag', `"${object.etag}"`),
          object.checksum ? element('ChecksumAlgorithm', object.checksum.algorithm) : undefined,
          checksumElements(object).slice(1),
          element('Size', object.size),
          element('StorageClass', 'STANDARD'),
        ),
      ),
      page.commonPrefixes.map((one) => element('CommonPrefixes', element('Prefix', encoded(one)))),
    ),
  };
};

function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function writeToken(next: string): string {
  return Buffer.from(next).toString('base64url');
}

function readToken(token: string): string {
  const next = Buffer.from(token, 'base64url').toString();
  if (writeToken(next) !== token) throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return next;
}
