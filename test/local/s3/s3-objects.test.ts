import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../local/aws/authorize.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { BUCKET, type S3Fixture, startFixture } from './s3-fixture.ts';

const Bucket = BUCKET;

describe('S3Service, objects', () => {
  let fixture: S3Fixture;
  const asked: AwsRequest[] = [];
  let refuse = '';
  beforeAll(async () => {
    fixture = await startFixture({
      authorize(request) {
        asked.push(request);
        if (request.action === refuse) throw new AwsError('AccessDenied', 'Your role may not.');
      },
    });
  });
  afterAll(async () => {
    expect(fixture.defects).toEqual([]);
    await fixture.close();
  });
  const put = (Key: string, Body: string | Uint8Array = Key, more: object = {}) =>
    fixture.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get = (Key: string, more: object = {}) => fixture.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  const text = async (Key: string, more: object = {}) => (await get(Key, more)).Body?.transformToString();

  it('gives back bytes, headers, metadata, tags and checksum as they were put', async () => {
    const stored = await put('cat.png', 'meow', {
      ContentType: 'image/png',
      CacheControl: 'no-store',
      ContentEncoding: 'identity',
      Metadata: { sender: 'x-1' },
      Tagging: 'kind=in&a%20b=c+d',
    });
    expect(stored).toMatchObject({ ETag: '"4a4be40c96ac6314e91d93f38043a634"', ChecksumType: 'FULL_OBJECT' });
    const found = await get('cat.png');
    expect(found).toMatchObject({
      ContentType: 'image/png',
      CacheControl: 'no-store',
      ContentEncoding: 'identity',
      ContentLength: 4,
      ETag: stored.ETag,
      ChecksumCRC32: stored.ChecksumCRC32,
      LastModified: new Date(Math.floor(fixture.clock.now() / 1000) * 1000),
      Metadata: { sender: 'x-1' },
      TagCount: 2,
    });
    expect(await found.Body?.transformToString()).toBe('meow');
    const { TagSet } = await fixture.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'cat.png' }));
    expect(TagSet).toEqual([
      { Key: 'kind', Value: 'in' },
      { Key: 'a b', Value: 'c d' },
    ]);
  });

  it('decodes the chunks and checks the trailer of a streamed body', async () => {
    const pieces = [Buffer.from('hello '), Buffer.from('wörld')];
    const Body = Readable.from(pieces);
    const ContentLength = Buffer.concat(pieces).length;
    const stored = await fixture.client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength }));
    expect(stored.ChecksumCRC32).toMatch(/^.{6}==$/);
    const found = await get('stream');
    expect(found.ContentEncoding).toBeUndefined();
    expect(await found.Body?.transformToString()).toBe('hello wörld');
  });

  it('refuses a body that its checksum, its MD5 or its signature does not fit, and stores nothing', async () => {
    const ChecksumCRC32 = 'AAAAAA==';
    await expect(put('bad', 'x', { ChecksumCRC32 })).rejects.toMatchObject({ name: 'BadDigest' });
    const ContentMD5 = '1B2M2Y8AsgTpgAmY7PhCfg==';
    await expect(put('bad', 'x', { ContentMD5 })).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(get('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const stored = await put('sum', 'x', { ChecksumAlgorithm: 'SHA256' });
    expect(stored.ChecksumSHA256).toBe('LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=');
  });

  it('sends the range that is asked for', async () => {
    await put('range', '0123456789');
    const ranges = { 'bytes=2-4': '234', 'bytes=7-': '789', 'bytes=-3': '789', 'bytes=0-99': '0123456789' };
    for (const [Range, expected] of Object.entries(ranges)) expect(await text('range', { Range })).toBe(expected);
    expect(await get('range', { Range: 'bytes=2-4' })).toMatchObject({
      ContentRange: 'bytes 2-4/10',
      ContentLength: 3,
    });
    await expect(get('range', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
    await put('empty', new Uint8Array());
    expect(await text('empty')).toBe('');
  });

  it('answers with the headers that the query asks for', async () => {
    await put('override');
    const found = await get('override', {
      ResponseContentDisposition: 'attachment; filename="a b.png"',
      ResponseContentType: 'image/png',
    });
    expect(found).toMatchObject({ ContentDisposition: 'attachment; filename="a b.png"', ContentType: 'image/png' });
    await expect(get('override', { ResponseContentDisposition: 'attachment; filename="🕊"' })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
  });

  it('evaluates the conditions of reads', async () => {
    const { ETag } = await put('read-condition');
    const LastModified = (await get('read-condition')).LastModified as Date;
    const before = new Date(LastModified.getTime() - 1000);
    const status = async (more: object): Promise<number | undefined> => {
      try {
        return (await get('read-condition', more)).$metadata.httpStatusCode;
      } catch (error) {
        return (error as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode;
      }
    };
    expect(await status({ IfMatch: ETag })).toBe(200);
    expect(await status({ IfMatch: '"other"' })).toBe(412);
    expect(await status({ IfNoneMatch: ETag })).toBe(304);
    expect(await status({ IfModifiedSince: LastModified })).toBe(304);
    expect(await status({ IfModifiedSince: before })).toBe(200);
    expect(await status({ IfUnmodifiedSince: before })).toBe(412);
    expect(await status({ IfMatch: ETag, IfUnmodifiedSince: before })).toBe(200);
  });

  it('lets one of many conditional creations win', async () => {
    const attempts = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((body) => put('once', body, { IfNoneMatch: '*' })),
    );
    const lost = attempts.filter((one) => one.status === 'rejected');
    expect(lost).toHaveLength(3);
    for (const { reason } of lost) {
      expect(reason).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    }
  });

  it('replaces only the version that If-Match names', async () => {
    const { ETag } = await put('replace', 'one');
    await put('replace', 'two', { IfMatch: ETag });
    await expect(put('replace', 'three', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('absent', 'x', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await text('replace')).toBe('two');
  });

  it('sends what a reader began to read to its end when the object is replaced meanwhile', async () => {
    const before = Buffer.alloc(8 * 1024 ** 2, 'a');
    await put('busy', before);
    const reading = await get('busy');
    await put('busy', 'b');
    expect(Buffer.from((await reading.Body?.transformToByteArray()) ?? []).equals(before)).toBe(true);
    expect(await text('busy')).toBe('b');
  });

  it('copies with the metadata of the source or with new', async () => {
    await put('quelle ü+', 'copied', { Metadata: { a: '1' }, Tagging: 'x=y' });
    const CopySource = `${Bucket}/${encodeURIComponent('quelle ü+')}`;
    const copy = (Key: string, more: object = {}) =>
      fixture.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    expect((await copy('copy')).CopyObjectResult?.ETag).toBe((await get('quelle ü+')).ETag);
    await fixture.client.send(new DeleteObjectCommand({ Bucket, Key: 'quelle ü+' }));
    expect(await get('copy')).toMatchObject({ Metadata: { a: '1' }, TagCount: 1 });
    expect(await text('copy')).toBe('copied');
    await put('quelle ü+', 'again', { Metadata: { a: '1' } });
    await copy('copy', { MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
    expect((await get('copy')).Metadata).toEqual({ b: '2' });
    await expect(copy('quelle ü+')).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  it('replaces tags without touching the object', async () => {
    await put('tagged', 'body', { Tagging: 'a=1' });
    const Tagging = { TagSet: [{ Key: 'b', Value: '<&>' }] };
    await fixture.client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging }));
    expect((await fixture.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual(
      Tagging.TagSet,
    );
    expect(await text('tagged')).toBe('body');
    const eleven = Array.from({ length: 11 }, (_, i) => `k${i}=v`).join('&');
    await expect(put('tagged', 'x', { Tagging: eleven })).rejects.toMatchObject({ name: 'InvalidTag' });
  });

  it('asks for the permissions that IAM would ask for', async () => {
    asked.length = 0;
    await put('iam', 'x', { Tagging: 'a=b' });
    await get('iam');
    await fixture.client.send(new CopyObjectCommand({ Bucket, Key: 'iam2', CopySource: `${Bucket}/iam` }));
    expect(asked.map((one) => `${one.accessKeyId} ${one.action} ${one.resource}`)).toEqual([
      'ROLEA s3:PutObject arn:aws:s3:::media/iam',
      'ROLEA s3:PutObjectTagging arn:aws:s3:::media/iam',
      'ROLEA s3:GetObject arn:aws:s3:::media/iam',
      'ROLEA s3:GetObject arn:aws:s3:::media/iam',
      'ROLEA s3:PutObject arn:aws:s3:::media/iam2',
    ]);
  });

  it('answers 403 when the role does not allow the action, also for a missing key to who may not list', async () => {
    refuse = 's3:PutObject';
    const denied = { name: 'AccessDenied', message: 'Your role may not.', $metadata: { httpStatusCode: 403 } };
    await expect(put('denied')).rejects.toMatchObject(denied);
    refuse = 's3:ListBucket';
    await expect(get('denied')).rejects.toMatchObject(denied);
    refuse = 's3:DeleteObject';
    const Delete = { Objects: [{ Key: 'iam' }] };
    const { Errors, Deleted } = await fixture.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Errors).toMatchObject([{ Key: 'iam', Code: 'AccessDenied' }]);
    expect(Deleted).toBeUndefined();
    refuse = '';
  });
});
