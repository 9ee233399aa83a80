import { createHash } from 'node:crypto';
import {
  MediaFieldsSchema,
  MediaUploadRequestSchema,
  type PresignedUploadResponse,
} from '#core/contracts/api/media.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { newMediaId } from '#core/domain/ids.ts';
import { MEDIA_LIMITS } from '#core/domain/media-kinds.ts';
import { mediaExpiryOf, mediaObjectKey } from '#core/domain/media-object.ts';
import { MOST_BODY_BYTES } from '../../shared/api-request.ts';
import { PICTURE_SIZE, thumbnailOf } from '../../shared/thumbnail/thumbnail.ts';
import type { GraphRequest } from '../graph-route.ts';
import { withProduct } from '../with-product.ts';
import type { MediaDependencies } from './media-dependencies.ts';
import { boundaryOf, type FormPart, readMultipartForm } from './multipart-form.ts';

/** What a form has around its file: Lambda's 6 MB, with a third of base64, leave so much and more. Bytes. */
const FORM_OVERHEAD_BYTES = 64 * 1024;
/** A presigned address takes a file that begins within this, seconds. */
const UPLOAD_BEGINS_S = 900;
const MB = 1024 * 1024;

type Uploads = Pick<MediaDependencies, 'media' | 'bucket' | 'clock' | 'random'>;

/** POST /{phone_number_id}/media: a form with the file in it, or JSON that asks where a larger file may be put. */
export function makeUploadMedia(dependencies: Uploads) {
  return async (request: GraphRequest): Promise<{ readonly id: string } | PresignedUploadResponse> => {
    const boundary = boundaryOf(request.headers['content-type']);
    return boundary === undefined ? announced(dependencies, request) : uploaded(dependencies, request, boundary);
  };
}

async function uploaded({ media, bucket, ...making }: Uploads, request: GraphRequest, boundary: string) {
  const body = request.bytes();
  if (body.length > MOST_BODY_BYTES + FORM_OVERHEAD_BYTES) throw tooLarge();
  const { file, fields } = readForm(body, boundary);
  const given = { ...Object.fromEntries(request.query), ...fields };
  const { type } = parseRequest(MediaFieldsSchema, given);
  if (!file) throw new GraphError(100, 'file: is required.');
  if (file.bytes.length > MOST_BODY_BYTES) throw tooLarge();
  if (file.bytes.length === 0) throw new GraphError(131053, 'file: is empty.');
  const row: MediaRow = {
    ...newUpload(await request.session(), making),
    state: 'ready',
    mimeType: mimeTypeOf(type, file),
    sizeBytes: file.bytes.length,
    sha256: createHash('sha256').update(file.bytes).digest('base64'),
    ...(file.fileName ? { fileName: file.fileName } : {}),
    ...thumbnailIn(file.bytes),
  };
  await bucket.put(mediaObjectKey(row), file.bytes, { mimeType: row.mimeType, sha256: row.sha256 ?? '' });
  await media.put(row);
  return { id: row.mediaId };
}

function thumbnailIn(bytes: Buffer): Pick<MediaRow, 'thumbnail'> {
  const thumbnail = thumbnailOf(bytes, PICTURE_SIZE)?.toString('base64');
  return thumbnail === undefined ? {} : { thumbnail };
}

async function announced(
  { media, bucket, ...making }: Uploads,
  request: GraphRequest,
): Promise<PresignedUploadResponse> {
  const { type, file_size, filename, sha256 } = parseRequest(MediaUploadRequestSchema, withProduct(request));
  const row: MediaRow = {
    ...newUpload(await request.session(), making),
    state: 'arriving',
    mimeType: type,
    sizeBytes: file_size,
    ...(sha256 && { sha256 }),
    ...(filename && { fileName: filename }),
  };
  const headers = { 'content-type': type, ...(sha256 && { 'x-amz-checksum-sha256': sha256 }) };
  // HTTP clients set the length by themselves; that it is signed makes S3 refuse any other.
  const signed = { ...headers, 'content-length': String(file_size) };
  const upload_url = await bucket.presignUpload(mediaObjectKey(row), signed, UPLOAD_BEGINS_S);
  await media.put(row);
  return { id: row.mediaId, upload_url, headers };
}

const newUpload = (
  { accountId, sessionId, sessionUid }: SessionRow,
  { clock, random }: Pick<Uploads, 'clock' | 'random'>,
) => {
  const nowMs = clock.now();
  const source = 'upload' as const;
  const owner = { mediaId: newMediaId(random), accountId, sessionId, sessionUid, source };
  return { ...owner, sinceMs: nowMs, expiresAt: mediaExpiryOf(source, nowMs) };
};

function readForm(body: Buffer, boundary: string) {
  const parts = readMultipartForm(body, boundary);
  if (!parts) throw new GraphError(100, 'The body is no multipart/form-data of the boundary in Content-Type.');
  const isFile = ({ name }: FormPart): boolean => name === 'file';
  const texts = parts.filter((part) => !isFile(part)).map(({ name, bytes }) => [name, bytes.toString('utf8').trim()]);
  return { file: parts.find(isFile), fields: Object.fromEntries(texts) as Record<string, string> };
}

/** Clients say it in the form, with the file, or not at all. */
function mimeTypeOf(type: string | undefined, { contentType }: FormPart): string {
  const found = type ?? contentType;
  if (found !== undefined) return parseRequest(MediaFieldsSchema.shape.type.unwrap(), found);
  throw new GraphError(100, 'type: is required where the file has no Content-Type of its own.');
}

const tooLarge = (): GraphError =>
  new GraphError(
    131053,
    `file: at most ${MOST_BODY_BYTES / MB} MB can be uploaded in a form. Larger files, up to ${MEDIA_LIMITS.document.mostBytes / MB} MB: send the ` +
      'message with a "link", or POST {"messaging_product","type","file_size"} as JSON to this path and PUT the file to the upload_url of the answer.',
    { status: 413 },
  );
