import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, type S3Fixture, startFixture } from './s3-fixture.ts';

const Bucket = BUCKET;

describe('S3Service, buckets and keys', () => {
  let fixture: S3Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(async () => {
    expect(fixture.defects).toEqual([]);
    await fixture.close();
  });
  const put = (Key: string, Body: string | Uint8Array = Key, more: object = {}) =>
    fixture.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get = (Key: string, more: object = {}) => fixture.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  const text = async (Key: string) => (await get(Key)).Body?.transformToString();

  it('keeps any key as it is', async () => {
    const unit = fc.constantFrom(
      'a',
      '/',
      '.',
      '..',
      ' ',
      '+',
      '%',
      "'",
      '(',
      '!',
      '*',
      '&',
      '<',
      '"',
      'ü',
      '🕊',
      '\n',
      '\r',
      '\t',
      ';',
      '?',
      '#',
      '=',
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, minLength: 1, maxLength: 12 }), async (name) => {
        const Key = `keys/${name}x`;
        await put(Key, Key);
        expect(await text(Key)).toBe(Key);
        const { Contents } = await fixture.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'keys/' }));
        expect(Contents?.map((one) => one.Key)).toEqual([Key]);
        const Delete = { Objects: [{ Key }] };
        const { Deleted } = await fixture.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
        expect(Deleted).toEqual([{ Key }]);
      }),
      { numRuns: 30 },
    );
  });

  it('lists keys in byte order with prefix, delimiter and pages', async () => {
    const keys = ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/c/d/2', 'l/z', 'l/ä', 'm'];
    for (const key of keys) await put(key);
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const seen: (string | undefined)[] = [];
      const pages = paginateListObjectsV2(
        { client: fixture.client },
        { Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys },
      );
      for await (const page of pages) {
        expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
        const both = [
          ...(page.Contents ?? []).map((one) => one.Key),
          ...(page.CommonPrefixes ?? []).map((one) => one.Prefix),
        ];
        seen.push(...both.sort((a = '', b = '') => (a < b ? -1 : 1)));
      }
      expect(seen).toEqual(['l/a/', 'l/b', 'l/c/', 'l/z', 'l/ä']);
    }
    const after = await fixture.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', StartAfter: 'l/c/1' }));
    expect(after.Contents?.map((one) => one.Key)).toEqual(['l/c/d/2', 'l/z', 'l/ä']);
    const url = await fixture.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/ä', EncodingType: 'url' }));
    expect(url.Contents?.map((one) => one.Key)).toEqual(['l/%C3%A4']);
  });

  it('makes, finds, lists and deletes buckets', async () => {
    const { client } = fixture;
    await client.send(new CreateBucketCommand({ Bucket: 'another' }));
    await expect(client.send(new CreateBucketCommand({ Bucket: 'another' }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
    expect(await client.send(new HeadBucketCommand({ Bucket: 'another' }))).toMatchObject({
      BucketRegion: 'us-east-1',
    });
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([
      'another',
      'media',
    ]);
    await client.send(new DeleteBucketCommand({ Bucket: 'another' }));
    await expect(client.send(new HeadBucketCommand({ Bucket: 'another' }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await expect(client.send(new CreateBucketCommand({ Bucket: 'No_Name' }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    });
  });

  it('names what is missing', async () => {
    const { client } = fixture;
    await expect(get('none')).rejects.toMatchObject({ name: 'NoSuchKey', Key: 'none' });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    await expect(client.send(new GetObjectCommand({ Bucket: 'none', Key: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'none' }));
    await expect(put('k'.repeat(1025))).rejects.toMatchObject({ name: 'KeyTooLongError' });
    await expect(put('meta', 'x', { Metadata: { a: 'b'.repeat(2048) } })).rejects.toMatchObject({
      name: 'MetadataTooLarge',
    });
  });

  it('refuses what it does not do instead of doing something else', async () => {
    const { client } = fixture;
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    const refused = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await expect(
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
    ).rejects.toMatchObject(refused);
    await expect(client.send(new GetBucketAclCommand({ Bucket }))).rejects.toMatchObject(refused);
    await expect(get('cat.png', { VersionId: '1' })).rejects.toMatchObject(refused);
    await expect(put('enc', 'x', { ServerSideEncryption: 'aws:kms' })).rejects.toMatchObject(refused);
    await expect(put('acl', 'x', { ACL: 'public-read' })).rejects.toMatchObject({
      name: 'AccessControlListNotSupported',
    });
  });
});
