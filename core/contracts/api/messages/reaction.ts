import * as z from 'zod';
import { textOf } from './characters.ts';
import { messageIdSchema } from './message-id.ts';

/** Longest emoji, characters: families and flags of regions are sequences of up to 10 … and 14. */
const LONGEST_EMOJI = 20;

export const ReactionSchema = z
  .object({
    message_id: messageIdSchema,
    emoji: textOf(LONGEST_EMOJI)
      .refine((emoji) => emoji === '' || isOneEmoji(emoji), 'must be one emoji, or empty to take the reaction back')
      .nullish()
      .meta({ description: 'One emoji; empty takes the reaction back', example: '👍' }),
  })
  .meta({ id: 'Reaction' });

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One character as people see it, of which one piece is an emoji or belongs to a flag or a keycap. */
const isOneEmoji = (text: string): boolean =>
  [...segments.segment(text)].length === 1 && /\p{Emoji}/u.test(text) && !/^[\d#*]$/.test(text);
