import { S3Client } from '@aws-sdk/client-s3';
import { FILE_LIMITS } from './request-limits.ts';

/** Files are larger and slower than rows, so the limits are wider than those of other calls. */
export const makeS3Client = (): S3Client => new S3Client({ requestHandler: FILE_LIMITS });
