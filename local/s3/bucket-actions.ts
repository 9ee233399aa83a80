import * as z from 'zod';
import { readLifecycleDocument, writeLifecycleDocument } from './lifecycle-document.ts';
import { readSmallBody } from './object-body.ts';
import { bucketOf, isDenied, type S3Action, type S3Context } from './s3-action.ts';
import { s3Error } from './s3-error.ts';
import { element, parseXml, type Xml, xmlDocument } from './xml.ts';

/** 1,000 keys of 1,024 bytes, escaped. */
const MAX_XML_BYTES = 8 * 1024 ** 2;
const MAX_DELETIONS = 1000;
/** "General purpose bucket naming rules" */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const deleteDocument = z.object({
  Delete: z.object({
    Object: z.array(z.object({ Key: z.string().min(1), VersionId: z.never().optional() })).max(MAX_DELETIONS),
    Quiet: z.stringbool().default(false),
  }),
});

/** ListBuckets */
export const listBuckets: S3Action = (_request, context) => {
  context.allow('ListAllMyBuckets', '*');
  const buckets = context.store
    .buckets()
    .map(({ name, created_at }) =>
      element('Bucket', element('Name', name), element('CreationDate', new Date(created_at).toISOString())),
    );
  return { status: 200, body: xmlDocument('ListAllMyBucketsResult', element('Buckets', buckets)) };
};

/** CreateBucket */
export const createBucket: S3Action = (request, context) => {
  context.allow('CreateBucket', request.bucket);
  if (!isBucketName(request.bucket)) throw s3Error('InvalidBucketName', undefined, { BucketName: request.bucket });
  if (context.store.bucket(request.bucket)) throw s3Error('BucketAlreadyOwnedByYou');
  context.store.createBucket(request.bucket, context.clock.now());
  return { status: 200, headers: { location: `/${request.bucket}` } };
};

export function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name);
}

/** HeadBucket */
export const headBucket: S3Action = (request, context) => {
  context.allow('ListBucket', request.bucket);
  bucketOf(request, context);
  return { status: 200, headers: { 'x-amz-bucket-region': context.region } };
};

/** DeleteBucket */
export const deleteBucket: S3Action = (request, context) => {
  context.allow('DeleteBucket', request.bucket);
  const { name } = bucketOf(request, context);
  if (context.store.objectsFrom(name, { key: '', included: true }, 1).length > 0) throw s3Error('BucketNotEmpty');
  context.store.deleteBucket(name);
  return { status: 204 };
};

/** GetBucketVersioning: this bucket never had versions. */
export const getBucketVersioning: S3Action = (request, context) => {
  context.allow('GetBucketVersioning', request.bucket);
  bucketOf(request, context);
  return { status: 200, body: xmlDocument('VersioningConfiguration') };
};

/** GetBucketLifecycleConfiguration */
export const getLifecycle: S3Action = (request, context) => {
  context.allow('GetLifecycleConfiguration', request.bucket);
  const { lifecycle } = bucketOf(request, context);
  if (lifecycle.length === 0) throw s3Error('NoSuchLifecycleConfiguration');
  return { status: 200, body: writeLifecycleDocument(lifecycle) };
};

/** PutBucketLifecycleConfiguration */
export const putLifecycle: S3Action = async (request, context) => {
  context.allow('PutLifecycleConfiguration', request.bucket);
  const rules = readLifecycleDocument(await readSmallBody(request, context.payloadHash, MAX_XML_BYTES));
  bucketOf(request, context);
  context.store.setLifecycle(request.bucket, rules);
  return { status: 200 };
};

/** DeleteBucketLifecycle */
export const deleteLifecycle: S3Action = (request, context) => {
  context.allow('PutLifecycleConfiguration', request.bucket);
  bucketOf(request, context);
  context.store.setLifecycle(request.bucket, []);
  return { status: 204 };
};

/** DeleteObjects */
export const deleteObjects: S3Action = async (request, context) => {
  const body = await readSmallBody(request, context.payloadHash, MAX_XML_BYTES);
  const { Object: objects, Quiet } = parseXml(body, deleteDocument).Delete;
  bucketOf(request, context);
  const results = objects.map(({ Key }) => deleteOne(request.bucket, Key, Quiet, context));
  return { status: 200, body: xmlDocument('DeleteResult', results) };
};

function deleteOne(bucket: string, key: string, quiet: boolean, { store, files, allow }: S3Context): Xml | undefined {
  try {
    allow('DeleteObject', bucket, key);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return element('Error', element('Key', key), element('Code', error.code), element('Message', error.message));
  }
  const object = store.object(bucket, key);
  store.deleteObject(bucket, key);
  if (object) files.remove(object.segments);
  return quiet ? undefined : element('Deleted', element('Key', key));
}
