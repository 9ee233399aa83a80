import * as z from 'zod';

const count = z.number().int().nonnegative();

/** What a task knows of a session that it holds; counts begin when the task took the session. */
export const SessionDiagnosticsSchema = z.object({
  /** Name of the task that answered. */
  task: z.string(),
  /** Milliseconds since WhatsApp sent anything; absent without a connection. */
  lastFrameAgeMs: count.optional(),
  /** Messages that wait for WhatsApp's acknowledgement. */
  pendingAcks: count,
  reconnectsLastHour: count,
  reconnectsLastDay: count,
  /** Failed attempts in a row. */
  failedAttempts: count,
  /** Commands that wait in a table for the session; absent when that is not known. */
  parkedCommands: count.optional(),
  /** Bytes that its keys take in memory; absent when that is not known. */
  ledgerBytes: count.optional(),
  /** New chats get nothing before this time, milliseconds since the epoch (WhatsApp's 463). */
  coldChatsPausedUntilMs: z.number().int().optional(),
  proxy: z.string().optional(),
  /** WhatsApp Web's version that it logs in as. */
  whatsappVersion: z.string().optional(),
  /** The latest ends of its connections, newest first. */
  disconnects: z.array(
    z.object({
      /** WhatsApp's code, or the HTTP status of a refused upgrade. */
      code: z.number().int(),
      reasonCode: z.string(),
      /** Milliseconds since the epoch. */
      atMs: z.number().int(),
    }),
  ),
});
export type SessionDiagnostics = z.infer<typeof SessionDiagnosticsSchema>;
