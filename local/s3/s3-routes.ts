import {
  createBucket,
  deleteBucket,
  deleteLifecycle,
  deleteObjects,
  getBucketVersioning,
  getLifecycle,
  headBucket,
  listBuckets,
  putLifecycle,
} from './bucket-actions.ts';
import { listObjectsV2 } from './list-objects.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
} from './multipart-actions.ts';
import {
  copyObject,
  deleteObject,
  deleteObjectTagging,
  getObject,
  getObjectTagging,
  putObject,
  putObjectTagging,
} from './object-actions.ts';
import type { S3Action } from './s3-action.ts';
import { s3Error } from './s3-error.ts';
import type { S3Request } from './s3-request.ts';

/** Query names that do not choose the action. */
const PARAMETER =
  /^(x-id|x-amz-.*|response-.*|prefix|delimiter|max-keys|continuation-token|start-after|encoding-type|fetch-owner|max-parts|part-number-marker)$/i;

/** Method, what is addressed, and the query names that choose the action, in alphabetical order. */
const ROUTES: Readonly<Record<string, S3Action>> = {
  'GET service': listBuckets,
  'PUT bucket': createBucket,
  'HEAD bucket': headBucket,
  'DELETE bucket': deleteBucket,
  'GET bucket list-type': listObjectsV2,
  'GET bucket versioning': getBucketVersioning,
  'GET bucket lifecycle': getLifecycle,
  'PUT bucket lifecycle': putLifecycle,
  'DELETE bucket lifecycle': deleteLifecycle,
  'POST bucket delete': deleteObjects,
  'PUT object': putObject,
  'GET object': getObject,
  'HEAD object': getObject,
  'DELETE object': deleteObject,
  'PUT object copy': copyObject,
  'GET object tagging': getObjectTagging,
  'PUT object tagging': putObjectTagging,
  'DELETE object tagging': deleteObjectTagging,
  'POST object uploads': createMultipartUpload,
  'PUT object partNumber uploadId': uploadPart,
  'POST object uploadId': completeMultipartUpload,
  'DELETE object uploadId': abortMultipartUpload,
  'GET object uploadId': listParts,
};

/**
 * The action that a request asks for. What is not known is refused, never taken for something else.
 * @throws AwsError NotImplemented
 */
export function routeOf({ method, bucket, key, query, headers }: S3Request): S3Action {
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const selectors = [...query.keys()].filter((name) => !PARAMETER.test(name)).sort((a, b) => (a < b ? -1 : 1));
  if (selectors.length === 0 && headers.has('x-amz-copy-source')) selectors.push('copy');
  const name = [method, level, ...selectors].join(' ');
  const action = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  if (!action) throw s3Error('NotImplemented', `The S3 of this machine does not know ${name}.`);
  return action;
}
