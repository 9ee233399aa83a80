import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { FILES } from '../files.ts';
import { clientOf, unlessRefused } from './client.ts';
import { uploaded } from './messages.ts';

const { bytes, mimeType } = FILES.document;

export const media: Readonly<Record<string, Attempt>> = {
  uploadMedia: async (world) => {
    expect(await uploaded(world, 'document')).toMatch(/^\d+$/);
  },
  retrieveMedia: async (world) => {
    const id = await uploaded(world, 'document');
    for (const phoneId of [undefined, world.phoneNumberId]) {
      expect(await clientOf(world).retrieveMedia(id, phoneId)).toMatchObject({
        messaging_product: 'whatsapp',
        id,
        mime_type: mimeType,
        sha256: createHash('sha256').update(bytes).digest('base64'),
        file_size: String(bytes.length),
      });
    }
  },
  fetchMedia: async (world) => {
    const { url } = unlessRefused(await clientOf(world).retrieveMedia(await uploaded(world, 'document')));
    const answer = await clientOf(world).fetchMedia(url);
    expect(answer.headers.get('content-type')).toContain(mimeType);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  },
  deleteMedia: async (world) => {
    const id = await uploaded(world, 'document');
    expect(await clientOf(world).deleteMedia(id)).toEqual({ success: true });
    expect(await clientOf(world).retrieveMedia(id)).toMatchObject({ error: { code: 100 } });
  },
};
