import {
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { S3Service } from '../../../local/s3/s3-service.ts';
import { BUCKET, ROLE, type S3Fixture, startFixture } from './s3-fixture.ts';

const Bucket = BUCKET;
const DAY_MS = 24 * 3600 * 1000;
const EVENING_MS = Date.UTC(2026, 10, 20, 18);

/** As CDK writes the media bucket. */
const PROPERTIES = {
  BucketEncryption: { ServerSideEncryptionConfiguration: [] },
  PublicAccessBlockConfiguration: { BlockPublicAcls: true },
  LifecycleConfiguration: {
    Rules: [
      { Id: 'inbound', Prefix: 'in/', ExpirationInDays: 2, Status: 'Enabled' },
      { Id: 'tagged', TagFilters: [{ Key: 'keep', Value: 'short' }], ExpirationInDays: 1, Status: 'Enabled' },
      { Id: 'off', Prefix: 'up/', ExpirationInDays: 1, Status: 'Disabled' },
      { Id: 'unfinished', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
    ],
  },
};

describe('S3Service, lifecycle', () => {
  let fixture: S3Fixture;
  let clock: VirtualClock;
  beforeEach(async () => {
    clock = new VirtualClock(EVENING_MS);
    fixture = await startFixture({ clock });
  });
  afterEach(async () => {
    expect(fixture.defects).toEqual([]);
    await fixture.close();
  });
  const put = (Key: string, Tagging?: string) =>
    fixture.client.send(new PutObjectCommand({ Bucket, Key, Body: Key, Tagging }));
  const keys = async () =>
    ((await fixture.client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map((one) => one.Key);

  it('ends objects at the first midnight UTC after their days, by prefix and tag', async () => {
    fixture.s3.createBucket(Bucket, PROPERTIES);
    await put('in/1');
    await put('up/1');
    await put('up/2', 'keep=short');
    await put('up/3', 'keep=long');
    await clock.advance(30 * 3600 * 1000 - 1);
    expect(await keys()).toEqual(['in/1', 'up/1', 'up/2', 'up/3']);
    await clock.advance(1);
    expect(await keys()).toEqual(['in/1', 'up/1', 'up/3']);
    await clock.advance(DAY_MS);
    expect(await keys()).toEqual(['up/1', 'up/3']);
    expect(await fixture.files()).toHaveLength(2);
  });

  it('aborts uploads that nobody completes', async () => {
    fixture.s3.createBucket(Bucket, PROPERTIES);
    const { UploadId } = await fixture.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'in/half' }));
    const upload = { Bucket, Key: 'in/half', UploadId };
    await fixture.client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'half' }));
    await clock.advance(3 * DAY_MS);
    await expect(fixture.client.send(new ListPartsCommand(upload))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(await fixture.files()).toEqual([]);
  });

  it('takes rules through the API and gives them back', async () => {
    const get = async () => (await fixture.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules;
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
    const Rules = [
      { ID: 'all', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } },
      {
        ID: 'some',
        Status: 'Disabled' as const,
        Filter: { And: { Prefix: 'a&b/', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeGreaterThan: 10 } },
        Expiration: { Date: new Date(EVENING_MS) },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ];
    const LifecycleConfiguration = { Rules };
    await fixture.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    expect(await get()).toEqual(Rules);
    await put('x');
    await clock.advance(2 * DAY_MS);
    expect(await keys()).toEqual([]);
  });

  it('refuses bucket properties that it does not have', () => {
    const versioned = { VersioningConfiguration: { Status: 'Enabled' } };
    expect(() => fixture.s3.createBucket(Bucket, versioned)).toThrow(/VersioningConfiguration/);
  });

  it('ends at its start what expired while it was not running', async () => {
    fixture.s3.createBucket(Bucket, PROPERTIES);
    await put('in/1');
    await put('up/1');
    const later = new VirtualClock(EVENING_MS + 30 * DAY_MS);
    const { database, folder } = fixture;
    const again = new S3Service({ clock: later, database, folder, secretOf: () => ROLE.secretAccessKey });
    expect(await keys()).toEqual(['up/1']);
    await again.close();
  });
});
