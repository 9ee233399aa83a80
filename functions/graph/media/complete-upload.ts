import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import type { MediaDependencies } from './media-dependencies.ts';

/**
 * Nobody tells us when the file of a presigned upload has arrived: whoever needs it looks. The first look that finds it writes down its
 * size and its checksum, for which it reads the file once if the client has not said the checksum.
 * @returns the row as it is now; still `arriving` if there is no file yet
 */
export async function completeUpload(
  { media, bucket, clock }: Pick<MediaDependencies, 'media' | 'bucket' | 'clock'>,
  row: MediaRow,
): Promise<MediaRow> {
  if (row.source !== 'upload' || row.state !== 'arriving') return row;
  const key = mediaObjectKey(row);
  const file = await bucket.head(key);
  if (!file) return row;
  // S3 has checked the size, and the checksum if there is one: both are signed.
  const sha256 = row.sha256 ?? (await digestOf(await bucket.read(key)));
  const ready: MediaRow = { ...row, state: 'ready', sizeBytes: file.sizeBytes, sha256, sinceMs: clock.now() };
  await media.put(ready);
  return ready;
}

async function digestOf(file: NodeJS.ReadableStream): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(file, hash);
  return hash.digest('base64');
}
