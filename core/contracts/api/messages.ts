import * as z from 'zod';
import { parsePhoneNumber } from '../../domain/phone-number.ts';

/** Meta's limit of a text's body, characters. */
const LONGEST_TEXT = 4096;
/** Meta's limit of `biz_opaque_callback_data`, characters. */
const LONGEST_CALLBACK_DATA = 512;

/** Every type that Meta's API knows; those that Pombo can't send yet are refused by name (131051). */
const MESSAGE_TYPES = [
  'text',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'interactive',
  'template',
] as const;

/** Characters as people count them: one for an emoji, although JavaScript counts two. */
const atMost = (limit: number) => (text: string) => text.length <= limit || Array.from(text).length <= limit;

const TextSchema = z
  .object({
    body: z
      .string()
      .min(1)
      .refine(atMost(LONGEST_TEXT), `must have at most ${LONGEST_TEXT} characters`)
      .refine((text) => text.isWellFormed(), 'must be valid Unicode, it has half of a surrogate pair')
      .meta({
        maxLength: LONGEST_TEXT,
        description: 'The text; WhatsApp formats *bold*, _italic_ and links by itself',
      }),
    preview_url: z.boolean().nullish().meta({ description: 'Show a preview of the first link; false if left out' }),
  })
  .meta({ id: 'Text' });

/** What every message has. Unknown fields are tolerated, as Meta tolerates them, and `null` counts as left out. */
export const MessageEnvelopeSchema = z.object({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.enum(['individual', 'group']).nullish().meta({ description: 'individual if left out' }),
  to: z.string().meta({
    description:
      'Phone number with country code; a plus, spaces, hyphens and parentheses are allowed. A group id for groups',
    example: '+55 11 98765-4321',
  }),
  type: z.enum(MESSAGE_TYPES).nullish().meta({ description: 'text if left out; other types are not supported yet' }),
  context: z.unknown().optional().meta({ description: 'Replies are not supported yet: null, or left out' }),
  biz_opaque_callback_data: z
    .string()
    .refine(atMost(LONGEST_CALLBACK_DATA), `must have at most ${LONGEST_CALLBACK_DATA} characters`)
    .nullish()
    .meta({ maxLength: LONGEST_CALLBACK_DATA, description: 'Comes back in every status of the message' }),
});

/** Body of `POST /{phone_number_id}/messages` with a text. */
export const SendTextRequestSchema = MessageEnvelopeSchema.extend({ text: TextSchema }).meta({ id: 'SendTextRequest' });

/** Group ids: digits, and a hyphen in those of old groups. */
const GroupIdSchema = z.string().regex(/^\d[\d-]{4,40}$/, 'must be a group id');

/** The address that `to` means. @returns undefined for what is neither */
export function addressOf(
  to: string,
  recipientType: 'individual' | 'group',
): { type: 'individual'; phone: string } | { type: 'group'; groupId: string } | undefined {
  if (recipientType === 'group') {
    const group = GroupIdSchema.safeParse(to);
    return group.success ? { type: 'group', groupId: group.data } : undefined;
  }
  const phone = parsePhoneNumber(to);
  return phone === undefined ? undefined : { type: 'individual', phone };
}

/** Meta's answer to an accepted message: it is queued, which is not yet sent. */
export const SendMessageResponseSchema = z
  .object({
    messaging_product: z.literal('whatsapp'),
    contacts: z.array(
      z.object({
        input: z.string().meta({ description: '`to` as it was written' }),
        wa_id: z.string().meta({ description: 'The digits of the number, or the group id' }),
      }),
    ),
    messages: z.array(z.object({ id: z.string(), message_status: z.literal('accepted') })),
  })
  .meta({ id: 'SendMessageResponse' });
export type SendMessageResponse = z.infer<typeof SendMessageResponseSchema>;
