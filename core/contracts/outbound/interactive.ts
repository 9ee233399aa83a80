import * as z from 'zod';
import { LocationSchema } from './location.ts';
import { MediaReferenceSchema } from './media-reference.ts';

/** What stands above the body; a location in templates only. */
const HeaderSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.enum(['image', 'video', 'document']),
    media: MediaReferenceSchema,
    filename: z.string().optional(),
  }),
  z.object({ type: z.literal('location'), location: LocationSchema }),
]);

/** One button: an answer, or something that the phone does by itself. */
const ButtonSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reply'), id: z.string(), title: z.string() }),
  z.object({ type: z.literal('url'), title: z.string(), url: z.string() }),
  z.object({ type: z.literal('copy_code'), title: z.string(), code: z.string() }),
  z.object({ type: z.literal('call'), title: z.string(), phone: z.string() }),
]);
export type InteractiveButton = z.infer<typeof ButtonSchema>;

const Parts = { header: HeaderSchema.optional(), body: z.string(), footer: z.string().optional() };

/** Buttons (also those of a template, and Meta's `cta_url`), a list, or the request for a location. */
const InteractiveSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('buttons'), ...Parts, /** None below a location. */ buttons: z.array(ButtonSchema) }),
  z.object({
    type: z.literal('list'),
    ...Parts,
    /** What opens the list. */
    button: z.string(),
    sections: z
      .array(
        z.object({
          title: z.string().optional(),
          rows: z.array(z.object({ id: z.string(), title: z.string(), description: z.string().optional() })).min(1),
        }),
      )
      .min(1),
  }),
  z.object({ type: z.literal('location_request'), body: z.string() }),
]);
export type Interactive = z.infer<typeof InteractiveSchema>;

export const InteractiveContentSchema = z.object({
  type: z.literal('interactive'),
  interactive: InteractiveSchema,
  /** `button`: a tap comes back as the answer to a template's button, Meta's kind `button`, and not as `interactive`. */
  answerAs: z.enum(['interactive', 'button']).optional(),
  /** As WhatsApp's own buttons, or as a text with numbers; absent: as the deployment says. */
  native: z.boolean().optional(),
});
