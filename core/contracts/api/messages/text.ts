import * as z from 'zod';
import { someTextOf } from './characters.ts';

/** Meta's limit of a text's body, characters. */
const LONGEST_TEXT = 4096;
/** People whom one message may name; WhatsApp's largest groups have 1024 members. */
const MOST_MENTIONS = 1024;

export const TextSchema = z
  .object({
    body: someTextOf(LONGEST_TEXT).meta({
      description: 'The text; WhatsApp formats *bold*, _italic_ and links by itself',
    }),
    preview_url: z.boolean().nullish().meta({
      description: 'Show a preview of the first link, if its page can be read in some seconds; false if left out',
    }),
    mentions: z
      .array(z.string())
      .max(MOST_MENTIONS)
      .nullish()
      .meta({
        description: 'Extension: phone numbers of the people whom the body names as @ and the digits of their number',
        example: ['5511987654321'],
      }),
  })
  .meta({ id: 'Text' });
