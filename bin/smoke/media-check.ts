import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Check, failed, held, outputOf } from './check.ts';

const LIFETIME_S = 60;

/** The bucket is closed, and a presigned URL opens one object of it. Looks with the operator's own rights. */
export const presignedUrl: Check = {
  name: 'a presigned URL opens one file of the media bucket, and nothing else does',
  async run(deployed) {
    const Bucket = outputOf(deployed, 'MediaBucket');
    const { aws } = deployed.target;
    // Names of buckets are paths on one machine: there is no DNS for them.
    const s3 = new S3Client({ ...aws, forcePathStyle: aws.endpoint !== undefined });
    const Key = `up/smoke-${randomUUID()}`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    try {
      const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: LIFETIME_S });
      const signed = await fetch(url);
      const text = await signed.text();
      const plain = await fetch(url.slice(0, url.indexOf('?')));
      await plain.body?.cancel();
      if (!signed.ok || text !== Key) return failed(`the presigned URL answered ${signed.status}`);
      return plain.status === 403
        ? held('200 with, 403 without signature')
        : failed(`${plain.status} without signature`);
    } finally {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      s3.destroy();
    }
  },
};
