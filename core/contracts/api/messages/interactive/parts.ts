import * as z from 'zod';
import { someTextOf, textOf } from '../characters.ts';
import { HeaderFileSchema } from '../media.ts';

/** Meta's limits, characters. A list's body may be longer than its OpenAPI says. */
const LONGEST_HEADER = 60;
const LONGEST_FOOTER = 60;
export const LONGEST_BODY = 1024;
export const LONGEST_LIST_BODY = 4096;

const TextHeaderSchema = z.object({ type: z.literal('text'), text: someTextOf(LONGEST_HEADER) });

export const headers = {
  text: TextHeaderSchema,
  any: z.discriminatedUnion('type', [
    TextHeaderSchema,
    z.object({ type: z.literal('image'), image: HeaderFileSchema }),
    z.object({ type: z.literal('video'), video: HeaderFileSchema }),
    z.object({ type: z.literal('document'), document: HeaderFileSchema }),
  ]),
};
export type RequestHeader = z.output<typeof headers.any>;

export const bodyOf = (mostCharacters: number) => z.object({ text: someTextOf(mostCharacters) });
/** Of every kind. */
export const native = z.boolean().nullish().meta({
  description:
    'Extension: WhatsApp’s own buttons (true) or a text with numbers (false); the deployment’s `nativeButtons` if left out',
});
export const footer = z.object({ text: textOf(LONGEST_FOOTER) }).nullish();
