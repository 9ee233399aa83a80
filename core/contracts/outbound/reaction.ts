import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

export const ReactionContentSchema = z.object({
  type: z.literal('reaction'),
  reaction: z.object({
    wamid: WamidSchema,
    /** Empty takes an earlier reaction back. */
    emoji: z.string(),
  }),
});
