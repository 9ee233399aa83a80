import * as z from 'zod';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '../../domain/ids.ts';
import { SessionStatusSchema } from '../../domain/session-status.ts';

/**
 * A row of the sessions table (pk `sessionId`; indexes `byAccount`: accountId + sessionId, `byShard`: shard + sessionUid).
 * The API creates and deletes it; afterwards only the connector writes status, number and pairing attributes, always
 * under the condition `sessionUid = :uid`, so that a deleted and re-created number is never touched by its past.
 */
export const SessionRowSchema = z.object({
  sessionId: SessionIdSchema,
  sessionUid: SessionUidSchema,
  accountId: AccountIdSchema,
  shard: z.number().int().nonnegative(),
  name: z.string().optional(),
  /** What the owner asked for; a stopped session is not started again by a restart of the connector. */
  desired: z.enum(['running', 'stopped']),
  status: SessionStatusSchema,
  /** One sentence that an owner of a number understands. */
  reason: z.string().optional(),
  /** Since when the status holds, milliseconds since the epoch. */
  sinceMs: z.number().int(),
  createdAtMs: z.number().int(),
  /** Own number, digits, E.164 without plus. */
  phoneNumber: z.string().optional(),
  /** Own LID user part. */
  lid: z.string().optional(),
  profileName: z.string().optional(),
  /** Pairing QR as the phone's camera reads it, while status is `pairing`. */
  qr: z.string().optional(),
  qrExpiresAtMs: z.number().int().optional(),
});
export type SessionRow = z.infer<typeof SessionRowSchema>;
