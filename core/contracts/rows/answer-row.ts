import * as z from 'zod';
import { QuestionIdSchema, SessionUidSchema } from '../../domain/ids.ts';
import { SessionDiagnosticsSchema } from '../session-diagnostics.ts';
import { PersonFailureSchema, WhatsAppGroupSchema, WhatsAppProfileSchema } from '../whatsapp-answers.ts';

/** A row of the answers table (pk `questionId`): what WhatsApp said to a question that the API waits for (D5). */
export const AnswerRowSchema = z.object({
  questionId: QuestionIdSchema,
  sessionUid: SessionUidSchema,
  answer: z.discriminatedUnion('type', [
    /** Eight characters to type into the phone. */
    z.object({ type: z.literal('pairing_code'), code: z.string(), expiresAtMs: z.number().int() }),
    z.object({ type: z.literal('diagnostics'), diagnostics: SessionDiagnosticsSchema }),
    /** Of each number that was asked for, in that order: as it is registered; absent: it is not on WhatsApp. */
    z.object({
      type: z.literal('contacts'),
      contacts: z.array(z.object({ phone: z.string(), waId: z.string().optional() })),
    }),
    /** Digits of phone numbers; people of whom only the LID is known are in `lids`, its user part. */
    z.object({ type: z.literal('block_list'), phones: z.array(z.string()), lids: z.array(z.string()) }),
    z.object({
      type: z.literal('block'),
      done: z.array(z.object({ phone: z.string(), waId: z.string() })),
      failed: z.array(PersonFailureSchema),
    }),
    z.object({ type: z.literal('profile'), profile: WhatsAppProfileSchema }),
    /** Ordered by id, the first thousand. */
    z.object({
      type: z.literal('groups'),
      groups: z.array(z.object({ groupId: z.string(), subject: z.string(), createdAtMs: z.number().int().optional() })),
    }),
    z.object({ type: z.literal('group_created'), groupId: z.string(), inviteLink: z.string() }),
    z.object({ type: z.literal('group'), group: WhatsAppGroupSchema }),
    z.object({
      type: z.literal('group_members'),
      done: z.array(z.object({ phone: z.string(), waId: z.string() })),
      failed: z.array(PersonFailureSchema),
    }),
    z.object({ type: z.literal('group_link'), inviteLink: z.string() }),
    z.object({ type: z.literal('changed') }),
    /** A refusal: Graph error code and a sentence. */
    z.object({ type: z.literal('error'), code: z.number().int(), details: z.string() }),
  ]),
  /** TTL, seconds since the epoch. */
  expiresAt: z.number().int(),
});
export type AnswerRow = z.infer<typeof AnswerRowSchema>;
