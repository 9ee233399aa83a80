import * as z from 'zod';
import { textOf } from './characters.ts';
import { messageIdSchema } from './message-id.ts';
import { MESSAGE_TYPES } from './message-types.ts';

/** Meta's limit of `biz_opaque_callback_data`, characters. */
const LONGEST_CALLBACK_DATA = 512;

/** Bounds of `message_send_ttl_seconds`, Meta's of templates: 30 seconds to 14 days. */
const SHORTEST_TTL_S = 30;
const LONGEST_TTL_S = 1_209_600;
/** The year 5138: what is larger was meant as milliseconds. */
const LAST_SECOND = 1e11;
const TIME = 'must be Unix seconds, or ISO 8601 with an offset such as 2026-12-24T18:00:00-03:00';

const ContextSchema = z.object({
  message_id: messageIdSchema.nullish().meta({ description: 'Message that this one answers; it is shown as a quote' }),
  forwarded: z.boolean().nullish().meta({ description: 'Extension: show the message as forwarded' }),
});

/** What every message has. Unknown fields are tolerated, as Meta tolerates them, and `null` counts as left out. */
export const MessageEnvelopeSchema = z.object({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.enum(['individual', 'group']).nullish().meta({ description: 'individual if left out' }),
  to: z.string().nullish().meta({
    description:
      'Phone number with country code; a plus, spaces, hyphens and parentheses are allowed. A group id for groups',
    example: '+55 11 98765-4321',
  }),
  recipient: z.string().nullish().meta({
    description: 'Instead of `to`: user id of a person whose number is not known, as webhooks tell it',
  }),
  type: z.enum(MESSAGE_TYPES).nullish().meta({ description: 'text if left out' }),
  context: ContextSchema.nullish(),
  biz_opaque_callback_data: textOf(LONGEST_CALLBACK_DATA)
    .nullish()
    .meta({ description: 'Comes back in every status of the message' }),
  message_send_ttl_seconds: z
    .int('must be a whole number of seconds')
    .refine(
      (seconds) => seconds >= SHORTEST_TTL_S && seconds <= LONGEST_TTL_S,
      `must be from ${SHORTEST_TTL_S} to ${LONGEST_TTL_S} seconds`,
    )
    .nullish()
    .meta({
      minimum: SHORTEST_TTL_S,
      maximum: LONGEST_TTL_S,
      description:
        'How long the message may wait for its session to be open; then it gets the status failed with 131016. A day if left out',
    }),
  not_before: z
    .union(
      [
        z.int(TIME).refine((seconds) => seconds >= 0 && seconds <= LAST_SECOND, TIME),
        z.iso.datetime({ offset: true, error: TIME }).meta({ example: '2026-12-24T18:00:00-03:00' }),
      ],
      TIME,
    )
    .nullish()
    .meta({ description: 'The message does not leave before; at most 7 days ahead. A time that is over means now' }),
});
export type MessageEnvelope = z.output<typeof MessageEnvelopeSchema>;
