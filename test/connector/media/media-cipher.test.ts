import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MediaCorruptError,
  MediaDecryption,
  MediaEncryption,
  mediaKeysOf,
} from '../../../connector/whatsapp/media-cipher.ts';
import { urlOf } from '../../../connector/whatsapp/media-download.ts';
import { MediaGoneError } from '../../../connector/whatsapp/whatsapp-port.ts';
import { decryptMedia, encryptMedia } from '../../../sandbox/media/media-cipher.ts';

const KEY = Buffer.alloc(32, 7);
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
/** A file in pieces of any size. */
const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 8 });
const whole = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const through = async (parts: readonly Uint8Array[], transform: MediaEncryption | MediaDecryption): Promise<Buffer> => {
  const [bytes] = await Promise.all([
    buffer(transform),
    pipeline(Readable.from(parts.map((part) => Buffer.from(part))), transform, { end: true }),
  ]);
  return bytes;
};
const decrypted = async (parts: readonly Uint8Array[], expected: { readonly sha256: Uint8Array }): Promise<Buffer> =>
  through(parts, new MediaDecryption(await mediaKeysOf(KEY, 'image'), expected));

describe('the encryption of files', () => {
  it('is WhatsApp’s, however the file is cut, and knows both digests', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const encryption = new MediaEncryption(await mediaKeysOf(KEY, 'image'));
        const encrypted = await through(parts, encryption);
        expect(await decryptMedia(encrypted, KEY, 'image')).toEqual(whole(parts));
        const { fileSha256, fileEncSha256 } = encryption.digests();
        expect([fileSha256, fileEncSha256]).toEqual([sha256(whole(parts)), sha256(encrypted)]);
        expect([encryption.sizeBytes, encryption.encryptedBytes]).toEqual([whole(parts).length, encrypted.length]);
      }),
    );
  });
});

describe('the decryption of files', () => {
  it('reads what WhatsApp encrypts, however it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 40 }), async (file, size) => {
        const { encrypted, fileSha256 } = await encryptMedia(file, KEY, 'image');
        const parts = Array.from({ length: Math.ceil(encrypted.length / size) }, (_, index) =>
          encrypted.subarray(index * size, (index + 1) * size),
        );
        expect(await decrypted(parts, { sha256: fileSha256 })).toEqual(Buffer.from(file));
      }),
    );
  });
  it('fails for a file that was changed, cut off, or is another', async () => {
    const { encrypted, fileSha256 } = await encryptMedia(Buffer.alloc(1000, 1), KEY, 'image');
    const changed = Buffer.from(encrypted);
    changed[500] = (changed[500] ?? 0) ^ 1;
    for (const bytes of [changed, encrypted.subarray(0, -16), encrypted.subarray(0, 5), Buffer.alloc(0)]) {
      await expect(decrypted([bytes], { sha256: fileSha256 })).rejects.toBeInstanceOf(MediaCorruptError);
    }
    await expect(decrypted([encrypted], { sha256: sha256(Buffer.from('other')) })).rejects.toBeInstanceOf(
      MediaCorruptError,
    );
  });
});

describe('the address of a received file', () => {
  it('is at our host, whatever its sender wrote', () => {
    expect(urlOf('mmg.whatsapp.net', '/v/t62/x.enc?ccb=1').href).toBe('https://mmg.whatsapp.net/v/t62/x.enc?ccb=1');
    expect(urlOf('127.0.0.1:4433', '/v/x').host).toBe('127.0.0.1:4433');
    const hosts = [
      '//evil.example/x',
      '\\\\evil.example/x',
      '/\\evil.example',
      '@evil.example/',
      ':80@evil.example/',
      '.evil.example/',
    ];
    for (const path of [...hosts, 'https://evil.example/x', '/../..//evil.example', '\t//evil.example']) {
      const reached = (): string => {
        try {
          return urlOf('mmg.whatsapp.net', path).host;
        } catch (error) {
          expect(error).toBeInstanceOf(MediaGoneError);
          return 'refused';
        }
      };
      expect(['refused', 'mmg.whatsapp.net']).toContain(reached());
    }
  });
});
