import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from '../../../local/s3/aws-chunked.ts';

async function* pieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = cut % (body.length + 1);
    if (end <= at) continue;
    yield body.subarray(at, end);
    at = end;
  }
  yield body.subarray(at);
}

async function decode(body: Buffer, cuts: readonly number[] = []): Promise<{ data: Buffer; trailers: object }> {
  const trailers = new Map<string, string>();
  const data: Buffer[] = [];
  for await (const chunk of decodeAwsChunked(pieces(body, cuts), trailers)) data.push(chunk);
  return { data: Buffer.concat(data), trailers: Object.fromEntries(trailers) };
}

describe('decodeAwsChunked', () => {
  it('gives back data and trailers wherever the network cuts the body', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), fc.array(fc.nat(2000)), async (chunks, cuts) => {
        const encoded = chunks.map((one) => [Buffer.from(`${one.length.toString(16)}\r\n`), one, Buffer.from('\r\n')]);
        const end = Buffer.from('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');
        const decoded = await decode(Buffer.concat([...encoded.flat(), end]), cuts);
        expect(decoded.data.equals(Buffer.concat(chunks))).toBe(true);
        expect(decoded.trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAAAA==' });
      }),
    );
  });

  it.each([
    '',
    '5\r\nhel',
    '5\r\nhello',
    '5\r\nhello\r\n',
    'zz\r\n',
    '2\r\nabc\r\n0\r\n\r\n',
    '0\r\nno colon\r\n\r\n',
    '0\r\n\r\nmore\r\n',
    '0\r\n',
  ])('refuses %j', async (body) => {
    await expect(decode(Buffer.from(body))).rejects.toMatchObject({ name: 'IncompleteBody' });
  });

  it('refuses a line without end before it fills the memory', async () => {
    await expect(decode(Buffer.alloc(5000, 'a'))).rejects.toMatchObject({ name: 'IncompleteBody' });
  });
});
