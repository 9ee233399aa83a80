import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/** Graph's error object as statuses and unsupported messages carry it. */
export const EventErrorSchema = z.object({
  code: z.number().int(),
  title: z.string(),
  message: z.string(),
  error_data: z.object({ details: z.string() }).optional(),
});
export type EventError = z.infer<typeof EventErrorSchema>;

/** A poll that somebody began. */
export const PollSchema = z.object({
  question: z.string(),
  options: z.array(z.string()),
  /** How many options one person may choose; 0: any number. */
  selectable_count: z.number().int(),
});
export type Poll = z.infer<typeof PollSchema>;

/** A person's vote, decrypted; it replaces their earlier one. */
export const PollVoteSchema = z.object({
  /** Of the poll. */
  message_id: WamidSchema,
  /** The options chosen now, absent when the vote was taken back. */
  selected_options: z.array(z.string()).min(1).optional(),
});
export type PollVote = z.infer<typeof PollVoteSchema>;

/**
 * What Meta's API has no kind for: error 131051 and the kind's name; 131060 for what nobody could decrypt. Polls are such for
 * Meta; what they say stands beside, in members of our own.
 */
export const UnsupportedContentSchema = z.object({
  type: z.literal('unsupported'),
  errors: z.array(EventErrorSchema),
  unsupported: z.object({ type: z.string() }).optional(),
  poll: PollSchema.optional(),
  poll_update: PollVoteSchema.optional(),
});
export type UnsupportedContent = z.infer<typeof UnsupportedContentSchema>;
