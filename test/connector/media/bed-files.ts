import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type MediaRow, MediaRowSchema } from '#core/contracts/rows/media-row.ts';
import { type MediaId, newMediaId } from '#core/domain/ids.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import { BUCKET } from '../bed-cloud.ts';
import type { Bed, Identity } from '../connector-bed.ts';

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** The table and the bucket of files, as the API uses them. */
export function makeBedFiles(bed: Bed) {
  const s3 = new S3Client({
    endpoint: bed.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAAPI', secretAccessKey: 'secret' },
  });
  const rowOf = async (mediaId: string): Promise<MediaRow | undefined> => {
    const { Item } = await bed.tables.send(
      new GetCommand({ TableName: 'media', Key: { mediaId }, ConsistentRead: true }),
    );
    return MediaRowSchema.optional().parse(Item);
  };
  const put = async (row: MediaRow): Promise<void> => {
    await bed.tables.send(new PutCommand({ TableName: 'media', Item: row }));
  };
  const newRow = (
    { accountId, sessionId, sessionUid }: Identity,
    more: Partial<MediaRow> & Pick<MediaRow, 'state'>,
  ): MediaRow => ({
    mediaId: newMediaId(randomBytes),
    accountId,
    sessionId,
    sessionUid,
    source: 'upload',
    mimeType: 'image/jpeg',
    sinceMs: Date.now(),
    expiresAt: Math.floor(Date.now() / 1000) + 86_400,
    ...more,
  });
  return {
    rowOf,
    put,
    newRow,
    /** What POST /media does. */
    async upload(
      identity: Identity,
      bytes: Uint8Array,
      mimeType: string,
      more: Partial<MediaRow> = {},
    ): Promise<MediaId> {
      const file = { state: 'ready', mimeType, sizeBytes: bytes.length, sha256: digest(bytes) } as const;
      const row = newRow(identity, { ...file, ...more });
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: mediaObjectKey(row), Body: bytes }));
      await put(row);
      return row.mediaId;
    },
    /** What lies in S3 for a row. */
    async stored(row: MediaRow): Promise<Buffer> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: mediaObjectKey(row) }));
      return buffer(Body as NodeJS.ReadableStream);
    },
    /** Waits until a file has come as far as that. */
    async until(mediaId: string, state: MediaRow['state'], timeoutMs = 30_000): Promise<MediaRow> {
      for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
        const row = await rowOf(mediaId);
        if (row?.state === state) return row;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`The file did not become ${state}: ${JSON.stringify(await rowOf(mediaId))}`);
    },
    close: () => s3.destroy(),
  };
}
