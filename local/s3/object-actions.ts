import { type ByteRange, readByteRange } from './byte-range.ts';
import { checkWriteCondition, readCondition } from './conditions.ts';
import { ObjectBody, readSmallBody } from './object-body.ts';
import type { StoredObject } from './object-store.ts';
import { readTagDocument, readTagHeader, type Tags, writeTags } from './object-tags.ts';
import {
  addObject,
  bucketOf,
  checksumElements,
  checksumHeaders,
  headersToKeep,
  objectOf,
  type S3Action,
  type S3Answer,
  type S3Context,
} from './s3-action.ts';
import { s3Error } from './s3-error.ts';
import { decode, type S3Request } from './s3-request.ts';
import { element, xmlDocument } from './xml.ts';

const MAX_TAGGING_BYTES = 64 * 1024;
/** Query of GetObject that replaces a header of the answer. */
const OVERRIDE = /^response-(cache-control|content-(?:disposition|encoding|language|type)|expires)$/;
/** What a header may hold: ISO-8859-1 without control characters. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** PutObject */
export const putObject: S3Action = async (request, context) => {
  context.allow('PutObject', request.bucket, request.key);
  bucketOf(request, context);
  const tags = tagsOf(request, context);
  const headers = headersToKeep(request.headers);
  // Refused here as well as after the upload, so that nobody sends a gigabyte in vain.
  checkWriteCondition(request.headers, context.store.object(request.bucket, request.key));
  const body = new ObjectBody(request, context.payloadHash);
  const file = await context.files.write(body.chunks());
  const { size, md5, checksum } = body.digest;
  const stored: StoredObject = {
    bucket: request.bucket,
    key: request.key,
    etag: md5,
    size,
    modified_at: context.clock.now(),
    segments: [{ file, size }],
    headers,
    tags,
    checksum: checksum ?? null,
  };
  addObject(stored, request, context);
  return {
    status: 200,
    headers: { etag: `"${md5}"`, 'x-amz-server-side-encryption': 'AES256', ...checksumHeaders(stored) },
  };
};

/** GetObject and HeadObject, whose body the server drops. */
export const getObject: S3Action = (request, context) => {
  context.allow('GetObject', request.bucket, request.key);
  const object = objectOf(request, context);
  const condition = readCondition(request.headers, object);
  if (condition === 'failed') throw s3Error('PreconditionFailed');
  if (condition === 'not modified') return { status: 304, headers: { etag: `"${object.etag}"` } };
  const range = readByteRange(request.headers.get('range'), object.size);
  if (range === 'unsatisfiable') {
    throw s3Error('InvalidRange', undefined, {
      RangeRequested: request.headers.get('range') ?? '',
      ActualObjectSize: String(object.size),
    });
  }
  return send(object, range, request, context);
};

/** A range comes without checksum: it would be that of the whole object. */
function send(object: StoredObject, range: ByteRange | undefined, request: S3Request, { files }: S3Context): S3Answer {
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  const sums = !range && request.headers.get('x-amz-checksum-mode') === 'ENABLED' ? checksumHeaders(object) : {};
  return {
    status: range ? 206 : 200,
    headers: {
      ...objectHeaders(object, request),
      ...sums,
      'content-length': String(end - start + 1),
      ...(range && { 'content-range': `bytes ${start}-${end}/${object.size}` }),
    },
    ...(request.method === 'GET' && { body: files.read(object.segments, { start, end }) }),
  };
}

function objectHeaders(object: StoredObject, { query }: S3Request): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modified_at).toUTCString(),
    'accept-ranges': 'bytes',
    'x-amz-server-side-encryption': 'AES256',
  };
  const tags = Object.keys(object.tags).length;
  if (tags > 0) headers['x-amz-tagging-count'] = String(tags);
  for (const [name, value] of query) {
    const header = OVERRIDE.exec(name)?.[1];
    if (header === undefined) continue;
    if (!HEADER_VALUE.test(value)) {
      throw s3Error('InvalidArgument', 'Header value cannot be represented using ISO-8859-1.', { ArgumentName: name });
    }
    headers[header] = value;
  }
  return headers;
}

/** DeleteObject; deleting what is not there succeeds. */
export const deleteObject: S3Action = (request, context) => {
  context.allow('DeleteObject', request.bucket, request.key);
  bucketOf(request, context);
  const { store, files } = context;
  const object = store.object(request.bucket, request.key);
  checkWriteCondition(request.headers, object);
  store.deleteObject(request.bucket, request.key);
  if (object) files.remove(object.segments);
  return { status: 204 };
};

/** CopyObject. The copy keeps the ETag, also that of a multipart upload. */
export const copyObject: S3Action = async (request, context) => {
  const source = sourceOf(request);
  context.allow('GetObject', source.bucket, source.key);
  context.allow('PutObject', request.bucket, request.key);
  bucketOf(request, context);
  const object = objectOf(source, context);
  if (readCondition(request.headers, object, 'x-amz-copy-source-') !== 'proceed') throw s3Error('PreconditionFailed');
  const replaces = (directive: string): boolean => request.headers.get(directive)?.toUpperCase() === 'REPLACE';
  const replaceHeaders = replaces('x-amz-metadata-directive');
  if (!replaceHeaders && source.bucket === request.bucket && source.key === request.key) {
    throw s3Error(
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing its metadata.',
    );
  }
  const headers = headersToKeep(request.headers);
  const tags = replaces('x-amz-tagging-directive') ? tagsOf(request, context) : object.tags;
  const copy: StoredObject = {
    ...object,
    bucket: request.bucket,
    key: request.key,
    headers: replaceHeaders ? headers : object.headers,
    tags,
    segments: await context.files.copy(object.segments),
    modified_at: context.clock.now(),
  };
  addObject(copy, request, context);
  return {
    status: 200,
    body: xmlDocument(
      'CopyObjectResult',
      element('ETag', `"${copy.etag}"`),
      element('LastModified', new Date(copy.modified_at).toISOString()),
      checksumElements(copy),
    ),
  };
};

/** `x-amz-copy-source: [/]bucket/key`, URL-encoded. */
function sourceOf(request: S3Request): S3Request {
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/.exec(request.headers.get('x-amz-copy-source') ?? '') ?? [];
  if (bucket === undefined || key === undefined) throw s3Error('InvalidArgument', 'Invalid copy source object key');
  if (key.includes('?versionId=')) throw s3Error('NotImplemented', 'Versions are not implemented here.');
  return { ...request, bucket: decode(bucket), key: decode(key) };
}

/** GetObjectTagging */
export const getObjectTagging: S3Action = (request, context) => {
  context.allow('GetObjectTagging', request.bucket, request.key);
  return { status: 200, body: writeTags(objectOf(request, context).tags) };
};

/** PutObjectTagging */
export const putObjectTagging: S3Action = async (request, context) => {
  context.allow('PutObjectTagging', request.bucket, request.key);
  const tags = readTagDocument(await readSmallBody(request, context.payloadHash, MAX_TAGGING_BYTES));
  objectOf(request, context);
  context.store.setTags(request.bucket, request.key, tags);
  return { status: 200 };
};

/** DeleteObjectTagging */
export const deleteObjectTagging: S3Action = (request, context) => {
  context.allow('DeleteObjectTagging', request.bucket, request.key);
  objectOf(request, context);
  context.store.setTags(request.bucket, request.key, {});
  return { status: 204 };
};

/** Tags that come with a write, which need a permission of their own. */
export function tagsOf({ headers, bucket, key }: S3Request, context: S3Context): Tags {
  const header = headers.get('x-amz-tagging');
  if (header) context.allow('PutObjectTagging', bucket, key);
  return readTagHeader(header);
}
