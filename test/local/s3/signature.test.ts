import { request as httpRequest } from 'node:http';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, ROLE, type S3Fixture, startFixture } from './s3-fixture.ts';

const Bucket = BUCKET;
const Key = "in/a b+ü'(1).png";

describe('S3Service, signatures', () => {
  let fixture: S3Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
    await fixture.client.send(new PutObjectCommand({ Bucket, Key, Body: 'picture', ContentType: 'image/png' }));
  });
  afterAll(async () => {
    expect(fixture.defects).toEqual([]);
    await fixture.close();
  });
  const presignGet = (expiresIn = 60, more: object = {}) =>
    getSignedUrl(fixture.client, new GetObjectCommand({ Bucket, Key, ...more }), { expiresIn });
  const codeOf = async (response: Response): Promise<string> =>
    `${response.status} ${/<Code>(.*)<\/Code>/.exec(await response.text())?.[1]}`;

  it('answers a presigned GET with the headers that it asks for', async () => {
    const url = await presignGet(60, { ResponseContentDisposition: 'attachment; filename="a b.png"' });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="a b.png"');
    expect(await response.text()).toBe('picture');
    const ranged = await fetch(url, { headers: { range: 'bytes=0-2' } });
    expect([ranged.status, await ranged.text()]).toEqual([206, 'pic']);
  });

  it('takes a presigned PUT with the type that was signed, and no other', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'up/1', ContentType: 'image/png', Metadata: { by: 'me' } });
    const signableHeaders = new Set(['content-type']);
    const url = await getSignedUrl(fixture.client, command, { expiresIn: 60, signableHeaders });
    const put = (type: string) => fetch(url, { method: 'PUT', body: 'bytes', headers: { 'content-type': type } });
    expect(await codeOf(await put('text/html'))).toBe('403 SignatureDoesNotMatch');
    expect((await put('image/png')).status).toBe(200);
    const stored = await fixture.client.send(new HeadObjectCommand({ Bucket, Key: 'up/1' }));
    expect(stored).toMatchObject({ ContentType: 'image/png', ContentLength: 5, Metadata: { by: 'me' } });
  });

  it('refuses a presigned URL whose time is over', async () => {
    const url = await presignGet(60);
    await fixture.clock.advance(59_000);
    expect((await fetch(url)).status).toBe(200);
    await fixture.clock.advance(3000);
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
  });

  it('refuses a presigned URL that was altered in any part', async () => {
    const url = await presignGet(3600);
    const altered = [
      url.replace('.png', '.jpg'),
      url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=3601'),
      `${url}&response-content-type=text%2Fhtml`,
      url.replace(/X-Amz-Signature=./, 'X-Amz-Signature=z'),
    ];
    for (const one of altered) expect(await codeOf(await fetch(one))).toBe('403 SignatureDoesNotMatch');
    expect(await codeOf(await fetch(url, { method: 'PUT', body: 'x' }))).toBe('403 SignatureDoesNotMatch');
    expect(await codeOf(await fetch(url, { headers: { 'x-amz-meta-a': 'b' } }))).toBe('403 AccessDenied');
  });

  it('refuses requests without signature, of unknown keys and with a wrong secret', async () => {
    const bare = `${fixture.server.endpoint}/${Bucket}/x`;
    expect(await codeOf(await fetch(bare))).toBe('403 AccessDenied');
    expect(await codeOf(await fetch(bare, { method: 'PUT', body: 'x' }))).toBe('403 AccessDenied');
    const stranger = fixture.connect({ credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } });
    await expect(stranger.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
    const thief = fixture.connect({ credentials: { ...ROLE, secretAccessKey: 'guessed' } });
    await expect(thief.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  it('refuses malformed credentials', async () => {
    const url = `${fixture.server.endpoint}/${Bucket}/x`;
    const authorization = 'AWS4-HMAC-SHA256 Credential=ROLEA/20261120/us-east-1/s3/aws4_request, Signature=0';
    expect(await codeOf(await fetch(url, { headers: { authorization } }))).toBe('400 AuthorizationHeaderMalformed');
    const week = (await presignGet()).replace('X-Amz-Expires=60', 'X-Amz-Expires=604801');
    expect(await codeOf(await fetch(week))).toBe('400 AuthorizationQueryParametersError');
    expect(await codeOf(await fetch(`${fixture.server.endpoint}/${Bucket}/%zz?X-Amz-Signature=%zz`))).toBe(
      '400 InvalidURI',
    );
  });

  it('reads a body with a wrong signed hash and stores nothing', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'forged', Body: 'right' });
    const forger = fixture.connect({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    forger.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = 'wrong';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(forger.send(command)).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
    await expect(fixture.client.send(new HeadObjectCommand({ Bucket, Key: 'forged' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  it('leaves nothing behind when the caller hangs up in the middle of its body', async () => {
    const before = await fixture.files();
    const command = new PutObjectCommand({ Bucket, Key: 'half' });
    const unsigned = fixture.connect({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(unsigned, command, { expiresIn: 3600 });
    const received = new Promise((resolve) => {
      const upload = httpRequest(url, { method: 'PUT', headers: { 'content-length': '1000000' } });
      upload.on('error', () => resolve(undefined));
      upload.write(Buffer.alloc(100_000), () => upload.destroy(new Error('hung up')));
    });
    await received;
    await expect(fixture.client.send(new HeadObjectCommand({ Bucket, Key: 'half' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    expect(await fixture.files()).toEqual(before);
  });
});
