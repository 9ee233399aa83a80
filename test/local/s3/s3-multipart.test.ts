import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, type S3Fixture, startFixture } from './s3-fixture.ts';

const Bucket = BUCKET;
const MIB = 1024 ** 2;

describe('S3Service, multipart uploads', () => {
  let fixture: S3Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(async () => {
    expect(fixture.defects).toEqual([]);
    await fixture.close();
  });
  const create = async (Key: string) =>
    (await fixture.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4' }))).UploadId;
  const part = async (Key: string, UploadId: string | undefined, PartNumber: number, Body: Buffer) => {
    const { ETag } = await fixture.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { ETag, PartNumber };
  };
  const complete = (Key: string, UploadId: string | undefined, Parts: object[], more: object = {}) =>
    fixture.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
    );

  it('stores a stream of unknown length that lib-storage sends in parts', async () => {
    const pieces = Array.from({ length: 24 }, (_, i) => Buffer.alloc(512 * 1024, i));
    const Body = Readable.from(pieces);
    const upload = new Upload({
      client: fixture.client,
      params: { Bucket, Key: 'stream', Body, ContentType: 'video/mp4' },
    });
    const done = await upload.done();
    expect(done).toMatchObject({ ETag: expect.stringMatching(/-3"$/), ChecksumCRC32: expect.stringMatching(/-3$/) });
    const found = await fixture.client.send(new GetObjectCommand({ Bucket, Key: 'stream' }));
    expect(found).toMatchObject({ ContentType: 'video/mp4', ContentLength: 12 * MIB, ChecksumType: 'COMPOSITE' });
    const bytes = await found.Body?.transformToByteArray();
    expect(Buffer.concat(pieces).equals(bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('sends a range that crosses parts', async () => {
    const UploadId = await create('crossing');
    const parts = [
      await part('crossing', UploadId, 1, Buffer.alloc(5 * MIB, 'a')),
      await part('crossing', UploadId, 7, Buffer.from('bcd')),
    ];
    await complete('crossing', UploadId, parts);
    const Range = `bytes=${5 * MIB - 2}-${5 * MIB + 1}`;
    const found = await fixture.client.send(new GetObjectCommand({ Bucket, Key: 'crossing', Range }));
    expect(await found.Body?.transformToString()).toBe('aabc');
  });

  it('refuses to complete with parts that are missing, out of order or too small, and keeps the upload', async () => {
    const UploadId = await create('picky');
    const one = await part('picky', UploadId, 1, Buffer.from('small'));
    const two = await part('picky', UploadId, 2, Buffer.from('last'));
    await expect(complete('picky', UploadId, [one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete('picky', UploadId, [two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete('picky', UploadId, [{ ...one, ETag: '"0"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete('picky', UploadId, [{ ...one, PartNumber: 3 }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await complete('picky', UploadId, [two]);
    const found = await fixture.client.send(new GetObjectCommand({ Bucket, Key: 'picky' }));
    expect(await found.Body?.transformToString()).toBe('last');
    await expect(complete('picky', UploadId, [two])).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('keeps the upload when the object exists already and If-None-Match says *', async () => {
    const [first, second] = [await create('race'), await create('race')];
    await complete('race', first, [await part('race', first, 1, Buffer.from('first'))]);
    const parts = [await part('race', second, 1, Buffer.from('second'))];
    await expect(complete('race', second, parts, { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await complete('race', second, parts);
    const found = await fixture.client.send(new GetObjectCommand({ Bucket, Key: 'race' }));
    expect(await found.Body?.transformToString()).toBe('second');
  });

  it('lists parts page by page', async () => {
    const UploadId = await create('listed');
    for (const number of [3, 1, 2]) await part('listed', UploadId, number, Buffer.from(`part ${number}`));
    const upload = { Bucket, Key: 'listed', UploadId };
    const first = await fixture.client.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(first).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: '2',
      Parts: [{ PartNumber: 1, Size: 6 }, {}],
    });
    const PartNumberMarker = first.NextPartNumberMarker;
    const rest = await fixture.client.send(new ListPartsCommand({ ...upload, PartNumberMarker }));
    expect(rest.Parts?.map((one) => one.PartNumber)).toEqual([3]);
  });

  it('leaves no file behind when an upload is aborted or a part is replaced', async () => {
    const before = await fixture.files();
    const UploadId = await create('aborted');
    await part('aborted', UploadId, 1, Buffer.from('one'));
    await part('aborted', UploadId, 1, Buffer.from('another'));
    expect(await fixture.files()).toHaveLength(before.length + 1);
    await fixture.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
    expect(await fixture.files()).toHaveLength(before.length);
    await expect(part('aborted', UploadId, 2, Buffer.from('x'))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(fixture.client.send(new HeadObjectCommand({ Bucket, Key: 'aborted' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});
