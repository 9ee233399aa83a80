import type { Readable } from 'node:stream';
import { DeleteObjectsCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

/** The media bucket for those who move whole files: as streams, a few megabytes of each in memory. */
export interface MediaStore {
  /** @throws NoSuchKey for a file that is not there */
  open(key: string): Promise<Readable>;
  /** Stores a stream of any length. One that fails leaves nothing behind: no file, no parts. */
  save(key: string, file: Readable, mimeType: string): Promise<void>;
  /**
   * Removes all files below a prefix.
   * @param removed is told of each page of keys when their files are gone; before the next
   */
  erase(prefix: string, removed: (keys: readonly string[]) => Promise<void>): Promise<void>;
}

/** S3's smallest part; one is filled while the one before is sent. */
const PART_BYTES = 5 * 1024 * 1024;

export function makeMediaStore(options: { readonly s3: S3Client; readonly bucketName: string }): MediaStore {
  const { s3: client, bucketName: Bucket } = options;
  return {
    async open(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return Body as Readable;
    },
    async save(Key, Body, ContentType) {
      const params = { Bucket, Key, Body, ContentType };
      await new Upload({ client, params, partSize: PART_BYTES, queueSize: 1 }).done();
    },
    async erase(Prefix, removed) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        const keys = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
        if (keys.length === 0) continue;
        const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
        const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
        if (Errors.length > 0) throw new Error(`S3 did not remove ${Errors.length} files: ${Errors[0]?.Code}`);
        await removed(keys);
      }
    },
  };
}
