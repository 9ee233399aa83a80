import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/** Marks a received message and the earlier ones of its chat as read. */
export const ReadFields = {
  type: z.literal('message.read'),
  wamid: WamidSchema,
  /** Shows that the session is typing an answer, until that leaves or its time is over. */
  typing: z.boolean().optional(),
  /** It is not worth doing after this, milliseconds since the epoch. */
  expiresAtMs: z.number().int(),
};
