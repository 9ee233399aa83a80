import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import { FILES } from '../files.ts';
import { answerOf, clientOf } from './client.ts';
import { uploaded } from './messages.ts';

const { bytes, mimeType } = FILES.sticker;

export const media: Readonly<Record<string, Attempt>> = {
  'media.upload': async (world) => {
    expect(await uploaded(world, 'sticker')).toMatch(/^\d+$/);
  },
  'media.getURL': async (world) => {
    const mediaID = await uploaded(world, 'sticker');
    for (const scope of [{}, { phoneNumberID: world.phoneNumberId }]) {
      expect(
        await answerOf(
          clientOf(world)
            .media.getURL({ mediaID, ...scope })
            .json(),
        ),
      ).toMatchObject({
        messaging_product: 'whatsapp',
        id: mediaID,
        mime_type: mimeType,
        sha256: createHash('sha256').update(bytes).digest('base64'),
        file_size: String(bytes.length),
      });
    }
  },
  'media.download': async (world) => {
    const mediaID = await uploaded(world, 'sticker');
    const { url: mediaURL } = await answerOf(clientOf(world).media.getURL({ mediaID }).json());
    // It names Meta's host in a header unless told otherwise.
    const request = { headers: { Host: new URL(mediaURL).host, Authorization: `Bearer ${world.apiKey}` } };
    expect(Buffer.from(await clientOf(world).media.download({ mediaURL, request }).arrayBuffer())).toEqual(bytes);
  },
  'media.delete': async (world) => {
    const mediaID = await uploaded(world, 'sticker');
    expect(await answerOf(clientOf(world).media.delete({ mediaID }).json())).toEqual({ success: true });
    await expect(answerOf(clientOf(world).media.getURL({ mediaID }).json())).rejects.toThrow('"code":100');
  },
};
