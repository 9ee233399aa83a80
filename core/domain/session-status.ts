import * as z from 'zod';

/**
 * Where a session is in its life.
 * created: known, never started · pairing: waits for a phone to scan · connecting: logs in for the first time since its start ·
 * open · reconnecting: was open, will be again · logged_out: unlinked, needs a new pairing · banned: WhatsApp refuses the
 * number · stopped: by its owner, or after too many failed attempts.
 */
export const SESSION_STATUSES = [
  'created',
  'pairing',
  'connecting',
  'open',
  'reconnecting',
  'logged_out',
  'banned',
  'stopped',
] as const;
export const SessionStatusSchema = z.enum(SESSION_STATUSES);
export type SessionStatus = z.infer<typeof SessionStatusSchema>;
