import { S3Client } from '@aws-sdk/client-s3';

/** A part of a file, 5 MB, has to get through within this even where a number's own upload has most of the line, milliseconds. */
export const FILE_LIMITS = { connectionTimeout: 1000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const;

/** Files are larger and slower than rows, so the limits are wider than those of other calls. */
export const makeS3Client = (): S3Client => new S3Client({ requestHandler: FILE_LIMITS });
