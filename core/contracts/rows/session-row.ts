import * as z from 'zod';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '../../domain/ids.ts';
import { SessionStatusSchema } from '../../domain/session-status.ts';
import { SessionLimitsSchema } from '../limits.ts';

/**
 * Work on a row of the session that an earlier process may have died of, while it goes on. One that is left behind says that
 * this process died meanwhile too.
 */
const TrialSchema = z.object({
  /** What is worked on. */
  key: z.string(),
  /** Run of the process that works on it. */
  incarnation: z.string(),
  /** Milliseconds since the epoch. */
  atMs: z.number().int(),
  /** Deaths before that are held against it, milliseconds since the epoch. */
  crashes: z.array(z.number().int()),
});

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
  /** One English sentence that an owner of a number understands. */
  reason: z.string().optional(),
  /** Its code in core/domain/session-reasons.ts, or one of a later release. Absent in rows of release 0.1. */
  reasonCode: z.string().optional(),
  /** When the reason ends by itself, such as a ban for a time, milliseconds since the epoch. */
  reasonUntilMs: z.number().int().optional(),
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
  /** Name of the operator's proxy that its connections go through. */
  proxy: z.string().optional(),
  /** Limits that its owner has set; the others are the account's or the deployment's. */
  limits: SessionLimitsSchema.optional(),
  /** Times at which work of this session took its task down, milliseconds since the epoch, the latest ones. */
  crashes: z.array(z.number().int()).optional(),
  /**
   * Its start is under way: written before the first piece of work, taken away with the status that ends it. One that is
   * left behind says that the process died meanwhile.
   */
  startMark: z
    .object({
      /** Run of the process that wrote it. */
      incarnation: z.string(),
      /** Milliseconds since the epoch. */
      atMs: z.number().int(),
      /** No other session was being started. */
      alone: z.boolean(),
    })
    .optional(),
  /** A received message whose event is made again. */
  rowTrial: TrialSchema.optional(),
  /** Messages of a time that are published again. */
  replayTrial: TrialSchema.optional(),
  /** `sinceMs` of the status in which its owner last said start, stop or logout. */
  startedFromMs: z.number().int().optional(),
});
export type SessionRow = z.infer<typeof SessionRowSchema>;
