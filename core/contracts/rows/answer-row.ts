import * as z from 'zod';
import { QuestionIdSchema, SessionUidSchema } from '../../domain/ids.ts';

/** A row of the answers table (pk `questionId`): what WhatsApp said to a question that the API waits for (D5). */
export const AnswerRowSchema = z.object({
  questionId: QuestionIdSchema,
  sessionUid: SessionUidSchema,
  answer: z.discriminatedUnion('type', [
    /** Eight characters to type into the phone. */
    z.object({ type: z.literal('pairing_code'), code: z.string(), expiresAtMs: z.number().int() }),
    /** A refusal: Graph error code and a sentence. */
    z.object({ type: z.literal('error'), code: z.number().int(), details: z.string() }),
  ]),
  /** TTL, seconds since the epoch. */
  expiresAt: z.number().int(),
});
export type AnswerRow = z.infer<typeof AnswerRowSchema>;
