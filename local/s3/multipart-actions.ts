import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { compositeChecksum, readAlgorithm } from './checksum.ts';
import { tagsOf } from './object-actions.ts';
import { ObjectBody, readSmallBody } from './object-body.ts';
import type { StoredObject, StoredPart, StoredUpload } from './object-store.ts';
import {
  bucketOf,
  checksumElements,
  checksumHeaders,
  headersToKeep,
  replaceObject,
  type S3Action,
  type S3Context,
} from './s3-action.ts';
import { s3Error } from './s3-error.ts';
import { readInteger, type S3Request } from './s3-request.ts';
import { element, optional, parseXml, xmlDocument } from './xml.ts';

/** Limits of "Amazon S3 multipart upload limits". */
const MAX_PART_NUMBER = 10_000;
const MIN_PART_BYTES = 5 * 1024 ** 2;
const MAX_OBJECT_BYTES = 5 * 1024 ** 4;
const MAX_PARTS_LISTED = 1000;
/** 10,000 parts with ETag and checksum. */
const MAX_COMPLETE_BYTES = 4 * 1024 ** 2;
const UPLOAD_ID_BYTES = 48;

const part = z.object({
  PartNumber: z.coerce.number().int().min(1).max(MAX_PART_NUMBER),
  ETag: z.string(),
  ChecksumCRC32: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
});
const completeDocument = z.object({ CompleteMultipartUpload: z.object({ Part: z.array(part).min(1) }) });
type NamedPart = z.infer<typeof part>;

/** CreateMultipartUpload */
export const createMultipartUpload: S3Action = (request, context) => {
  context.allow('PutObject', request.bucket, request.key);
  bucketOf(request, context);
  const algorithm = request.headers.get('x-amz-checksum-algorithm');
  if (request.headers.get('x-amz-checksum-type') === 'FULL_OBJECT') {
    throw s3Error('NotImplemented', 'Checksum type FULL_OBJECT of multipart uploads is not implemented here.');
  }
  const upload: StoredUpload = {
    id: randomBytes(UPLOAD_ID_BYTES).toString('base64url'),
    bucket: request.bucket,
    key: request.key,
    started_at: context.clock.now(),
    headers: headersToKeep(request.headers),
    tags: tagsOf(request, context),
    algorithm: algorithm === undefined ? null : readAlgorithm(algorithm),
  };
  context.store.putUpload(upload);
  return {
    status: 200,
    ...(upload.algorithm && {
      headers: { 'x-amz-checksum-algorithm': upload.algorithm, 'x-amz-checksum-type': 'COMPOSITE' },
    }),
    body: xmlDocument(
      'InitiateMultipartUploadResult',
      element('Bucket', upload.bucket),
      element('Key', upload.key),
      element('UploadId', upload.id),
    ),
  };
};

/** UploadPart */
export const uploadPart: S3Action = async (request, context) => {
  context.allow('PutObject', request.bucket, request.key);
  const upload = uploadOf(request, context);
  const number = readInteger(request.query.get('partNumber') ?? '', 'partNumber');
  if (number < 1 || number > MAX_PART_NUMBER) {
    throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  if (request.headers.has('x-amz-copy-source'))
    throw s3Error('NotImplemented', 'UploadPartCopy is not implemented here.');
  const body = new ObjectBody(request, context.payloadHash, upload.algorithm ?? undefined);
  const file = await context.files.write(body.chunks());
  const { size, md5, checksum } = body.digest;
  const uploaded: StoredPart = {
    upload_id: upload.id,
    number,
    etag: md5,
    size,
    file,
    modified_at: context.clock.now(),
    checksum: checksum ?? null,
  };
  // It may have been aborted or completed while the body came in.
  if (!context.store.upload(upload.id)) {
    context.files.remove([uploaded]);
    throw s3Error('NoSuchUpload');
  }
  const before = context.store.part(upload.id, number);
  context.store.putPart(uploaded);
  if (before) context.files.remove([before]);
  const { 'x-amz-checksum-type': _type, ...sums } = checksumHeaders(uploaded);
  return { status: 200, headers: { etag: `"${md5}"`, ...sums } };
};

/** CompleteMultipartUpload: the object is its parts' files, nothing is copied. */
export const completeMultipartUpload: S3Action = async (request, context) => {
  context.allow('PutObject', request.bucket, request.key);
  uploadOf(request, context);
  const body = await readSmallBody(request, context.payloadHash, MAX_COMPLETE_BYTES);
  const named = parseXml(body, completeDocument).CompleteMultipartUpload.Part;
  const upload = uploadOf(request, context);
  const uploaded = context.store.parts(upload.id);
  const parts = choose(named, new Map(uploaded.map((one) => [one.number, one])));
  const object = assemble(upload, parts, context.clock.now());
  replaceObject(object, request, context, () => context.store.deleteUpload(upload.id));
  const chosen = new Set(parts.map(({ file }) => file));
  context.files.remove(uploaded.filter(({ file }) => !chosen.has(file)));
  return {
    status: 200,
    body: xmlDocument(
      'CompleteMultipartUploadResult',
      element('Location', `/${object.bucket}/${object.key}`),
      element('Bucket', object.bucket),
      element('Key', object.key),
      element('ETag', `"${object.etag}"`),
      checksumElements(object),
    ),
  };
};

/** The parts that the caller names, in its order. */
function choose(named: readonly NamedPart[], uploaded: ReadonlyMap<number, StoredPart>): StoredPart[] {
  const numbers = named.map(({ PartNumber }) => PartNumber);
  if (numbers.some((number, position) => number <= (numbers[position - 1] ?? 0))) throw s3Error('InvalidPartOrder');
  return named.map((wanted, position) => {
    const found = uploaded.get(wanted.PartNumber);
    if (!found || found.etag !== wanted.ETag.replace(/^"(.*)"$/, '$1') || !fits(wanted, found)) {
      throw s3Error('InvalidPart', undefined, { PartNumber: String(wanted.PartNumber), ETag: wanted.ETag });
    }
    if (position < named.length - 1 && found.size < MIN_PART_BYTES) {
      throw s3Error('EntityTooSmall', undefined, {
        ProposedSize: String(found.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(found.number),
      });
    }
    return found;
  });
}

function fits(wanted: NamedPart, { checksum }: StoredPart): boolean {
  const declared = { CRC32: wanted.ChecksumCRC32, SHA1: wanted.ChecksumSHA1, SHA256: wanted.ChecksumSHA256 };
  return Object.entries(declared).every(
    ([algorithm, value]) => value === undefined || (checksum?.algorithm === algorithm && checksum.value === value),
  );
}

function assemble(upload: StoredUpload, parts: readonly StoredPart[], nowMs: number): StoredObject {
  const size = parts.reduce((sum, one) => sum + one.size, 0);
  if (size > MAX_OBJECT_BYTES) throw s3Error('EntityTooLarge');
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(etag, 'hex');
  const sums = parts.flatMap(({ checksum }) => (checksum ? [checksum.value] : []));
  return {
    bucket: upload.bucket,
    key: upload.key,
    etag: `${md5.digest('hex')}-${parts.length}`,
    size,
    modified_at: nowMs,
    segments: parts.map((one) => ({ file: one.file, size: one.size })),
    headers: upload.headers,
    tags: upload.tags,
    checksum: upload.algorithm ? compositeChecksum(upload.algorithm, sums) : null,
  };
}

/** AbortMultipartUpload */
export const abortMultipartUpload: S3Action = (request, context) => {
  context.allow('AbortMultipartUpload', request.bucket, request.key);
  forgetUpload(uploadOf(request, context), context);
  return { status: 204 };
};

/** Removes an unfinished upload with its parts. */
export function forgetUpload({ id }: StoredUpload, { store, files }: Pick<S3Context, 'store' | 'files'>): void {
  const parts = store.parts(id);
  store.atomically(() => store.deleteUpload(id));
  files.remove(parts);
}

/** ListParts */
export const listParts: S3Action = (request, context) => {
  context.allow('ListMultipartUploadParts', request.bucket, request.key);
  const upload = uploadOf(request, context);
  const marker = readInteger(request.query.get('part-number-marker') ?? '0', 'part-number-marker');
  const limit = Math.min(
    readInteger(request.query.get('max-parts') ?? String(MAX_PARTS_LISTED), 'max-parts'),
    MAX_PARTS_LISTED,
  );
  const left = context.store.parts(upload.id).filter(({ number }) => number > marker);
  const page = left.slice(0, limit);
  return {
    status: 200,
    body: xmlDocument(
      'ListPartsResult',
      element('Bucket', upload.bucket),
      element('Key', upload.key),
      element('UploadId', upload.id),
      element('PartNumberMarker', marker),
      optional('NextPartNumberMarker', page.at(-1)?.number),
      element('MaxParts', limit),
      element('IsTruncated', left.length > page.length),
      page.map((one) =>
        element(
          'Part',
          element('PartNumber', one.number),
          element('LastModified', new Date(one.modified_at).toISOString()),
          element('ETag', `"${one.etag}"`),
          element('Size', one.size),
          checksumElements(one),
        ),
      ),
    ),
  };
};

/** The upload that the query names, if it is one of this key. */
function uploadOf(request: S3Request, context: S3Context): StoredUpload {
  bucketOf(request, context);
  const upload = context.store.upload(request.query.get('uploadId') ?? '');
  if (!upload || upload.bucket !== request.bucket || upload.key !== request.key) throw s3Error('NoSuchUpload');
  return upload;
}
