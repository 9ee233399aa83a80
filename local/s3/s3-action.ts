import type { Readable } from 'node:stream';
import type { Clock } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { checksumElement, checksumHeader, checksumType } from './checksum.ts';
import { checkWriteCondition } from './conditions.ts';
import type { ObjectFiles } from './object-files.ts';
import type { ObjectStore, StoredBucket, StoredObject } from './object-store.ts';
import { s3Error } from './s3-error.ts';
import type { S3Request } from './s3-request.ts';
import { element, type Xml } from './xml.ts';

/** What an action works with. */
export interface S3Context {
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly files: ObjectFiles;
  readonly region: string;
  /** What the signature says of the body. */
  readonly payloadHash: string;
  /** Asks for `s3:<action>` on a bucket, or on one of its objects. @throws AwsError AccessDenied */
  readonly allow: (action: string, bucket: string, key?: string) => void;
  /** Asks for `s3:ListBucket` below a prefix. @throws AwsError AccessDenied */
  readonly allowListing: (bucket: string, prefix: string) => void;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is XML. */
  readonly body?: string | Readable;
}

export type S3Action = (request: S3Request, context: S3Context) => S3Answer | Promise<S3Answer>;

/** Metadata of a user may have 2 KB. */
const MAX_METADATA_BYTES = 2048;
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const IGNORED_VALUES: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-server-side-encryption': ['AES256'],
  'x-amz-storage-class': ['STANDARD'],
};
const UNKNOWN_HEADER =
  /^x-amz-(acl$|grant-|server-side-encryption|copy-source-server-side|storage-class$|object-lock-|website-|write-offset)/;

/** @throws AwsError NoSuchBucket */
export function bucketOf({ bucket }: S3Request, { store }: S3Context): StoredBucket {
  const found = store.bucket(bucket);
  if (!found) throw s3Error('NoSuchBucket', undefined, { BucketName: bucket });
  return found;
}

/**
 * @throws AwsError NoSuchBucket, NoSuchKey; AccessDenied instead of the latter for callers that may not
 *   list the bucket, as in AWS
 */
export function objectOf(request: S3Request, context: S3Context): StoredObject {
  bucketOf(request, context);
  const found = context.store.object(request.bucket, request.key);
  if (found) return found;
  context.allow('ListBucket', request.bucket);
  throw s3Error('NoSuchKey', undefined, { Key: request.key });
}

/**
 * Headers that are stored with an object and sent back with it.
 * @throws AwsError MetadataTooLarge, NotImplemented for headers that ask for what the emulator has not
 */
export function headersToKeep(headers: ReadonlyMap<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (UNKNOWN_HEADER.test(name) && !IGNORED_VALUES[name]?.includes(value)) {
      throw s3Error(name === 'x-amz-acl' ? 'AccessControlListNotSupported' : 'NotImplemented', undefined, {
        Header: name,
      });
    }
    if (name.startsWith('x-amz-meta-')) {
      metadataBytes += Buffer.byteLength(name.slice('x-amz-meta-'.length)) + Buffer.byteLength(value);
      kept[name] = value;
    } else if (KEPT_HEADERS.includes(name)) {
      kept[name] = value;
    }
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw s3Error('MetadataTooLarge', undefined, { MaxSizeAllowed: String(MAX_METADATA_BYTES) });
  }
  return withoutAwsChunked(kept);
}

/** `aws-chunked` is an encoding of the request, not of the object. */
function withoutAwsChunked({
  'content-encoding': encoding = '',
  ...rest
}: Record<string, string>): Record<string, string> {
  const others = encoding
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'aws-chunked');
  return others.length === 0 ? rest : { ...rest, 'content-encoding': others.join(', ') };
}

/**
 * Puts an object in the place of the one before, if the conditions of the request hold at that moment.
 * @param also further writes of the same transaction
 * @throws AwsError PreconditionFailed, NoSuchKey, NoSuchBucket
 */
export function replaceObject(
  object: StoredObject,
  request: S3Request,
  context: S3Context,
  also: () => void = () => undefined,
): void {
  const { store, files } = context;
  const before = store.atomically(() => {
    bucketOf(request, context);
    const found = store.object(object.bucket, object.key);
    checkWriteCondition(request.headers, found);
    store.putObject(object);
    also();
    return found;
  });
  if (before) files.remove(before.segments);
}

/** Like `replaceObject` for an object whose files are new: they are removed when it is refused. */
export function addObject(object: StoredObject, request: S3Request, context: S3Context): void {
  try {
    replaceObject(object, request, context);
  } catch (error) {
    context.files.remove(object.segments);
    throw error;
  }
}

/** Headers that describe the checksum of an object. */
export function checksumHeaders({ checksum }: Pick<StoredObject, 'checksum'>): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksumType(checksum) };
}

/** Elements that describe the checksum of an object or a part. */
export function checksumElements({ checksum }: Pick<StoredObject, 'checksum'>): Xml[] {
  if (!checksum) return [];
  return [
    element(checksumElement(checksum.algorithm), checksum.value),
    element('ChecksumType', checksumType(checksum)),
  ];
}

/** True when `error` says that the caller may not. */
export function isDenied(error: unknown): error is AwsError {
  return error instanceof AwsError && error.code === 'AccessDenied';
}
