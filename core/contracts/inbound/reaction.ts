import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/** `emoji` is absent when the reaction was taken back. */
export const ReactionContentSchema = z.object({
  type: z.literal('reaction'),
  reaction: z.object({ message_id: WamidSchema, emoji: z.string().optional() }),
});
