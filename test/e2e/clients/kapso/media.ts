import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { FILES } from '../files.ts';
import { clientOf } from './client.ts';
import { uploaded } from './messages.ts';

const { bytes, mimeType } = FILES.image;

export const media: Readonly<Record<string, Attempt>> = {
  'media.upload': async (world) => {
    expect(await uploaded(world, 'document')).toMatch(/^\d+$/);
  },
  'media.get': async (world) => {
    const mediaId = await uploaded(world, 'image');
    for (const scope of [{}, { phoneNumberId: world.phoneNumberId }]) {
      const { url, ...rest } = await clientOf(world).media.get({ mediaId, ...scope });
      expect(new URL(url).protocol).toMatch(/^https?:$/);
      expect(rest).toMatchObject({
        messagingProduct: 'whatsapp',
        id: mediaId,
        mimeType,
        sha256: createHash('sha256').update(bytes).digest('base64'),
        fileSize: String(bytes.length),
      });
    }
  },
  'media.download': async (world) => {
    const mediaId = await uploaded(world, 'image');
    // Without the token, as from a CDN, and with it, as Meta wants it.
    for (const auth of ['never', 'always'] as const) {
      const file = await clientOf(world).media.download({ mediaId, auth });
      expect(Buffer.from(file as ArrayBuffer)).toEqual(bytes);
    }
  },
  'media.delete': async (world) => {
    const mediaId = await uploaded(world, 'image');
    expect(await clientOf(world).media.delete({ mediaId })).toEqual({ success: true });
    await expect(clientOf(world).media.get({ mediaId })).rejects.toMatchObject({ code: 100 });
  },
};
