import type { SessionStatus } from '#core/domain/session-status.ts';
import type { Closed } from '../whatsapp/whatsapp-port.ts';

/** Waits between attempts, milliseconds; doubled from the first to the longest. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** What a disconnection asks of us. `reason` is a sentence that the number's owner understands. */
export type DisconnectRule =
  | { readonly action: 'retry'; readonly backoff: Backoff; readonly reason: string; readonly givesUpAfter?: number }
  | { readonly action: 'restart'; readonly reason: string }
  | {
      readonly action: 'stop';
      readonly status: Extract<SessionStatus, 'logged_out' | 'banned' | 'stopped'>;
      readonly reason: string;
    };

/** Figures of whatsapp.md section 7. */
const NORMAL: Backoff = { firstMs: 1000, longestMs: 60_000 };
const SHED: Backoff = { firstMs: 5000, longestMs: 300_000 };
const REPLACED: Backoff = { firstMs: 10_000, longestMs: 30_000 };
/** Nothing helps before somebody has acted. */
const SLOW: Backoff = { firstMs: 300_000, longestMs: 3_600_000 };

const LOST: DisconnectRule = {
  action: 'retry',
  backoff: NORMAL,
  reason: 'The connection to WhatsApp was lost; it is being set up again.',
};

const UNSCANNED: DisconnectRule = {
  action: 'stop',
  status: 'stopped',
  reason: 'Nobody scanned the QR code or typed the pairing code in time. Start the session again for a new one.',
};

/** By WhatsApp's own code. */
const BY_CODE: ReadonlyMap<number, DisconnectRule> = new Map<number, DisconnectRule>([
  [
    400,
    {
      action: 'retry',
      backoff: SLOW,
      reason: 'WhatsApp answered in an unknown way; the operator should check for a proxy.',
    },
  ],
  [
    401,
    {
      action: 'stop',
      status: 'logged_out',
      reason: 'The phone or WhatsApp unlinked this device. Pair the number again.',
    },
  ],
  [
    402,
    {
      action: 'stop',
      status: 'banned',
      reason: 'WhatsApp has banned this number for a time. Open WhatsApp on the phone to see how long.',
    },
  ],
  [
    403,
    {
      action: 'stop',
      status: 'banned',
      reason: 'WhatsApp refuses this number: it is locked or banned. Open WhatsApp on the phone.',
    },
  ],
  [
    405,
    {
      action: 'retry',
      backoff: SLOW,
      reason: 'WhatsApp wants a newer version of Pombo. The operator has to update it.',
    },
  ],
  [406, { action: 'stop', status: 'banned', reason: 'WhatsApp has banned this number.' }],
  [
    409,
    {
      action: 'retry',
      backoff: SLOW,
      reason: 'WhatsApp refuses how this connection presents itself. The operator has to look.',
    },
  ],
  [
    411,
    {
      action: 'stop',
      status: 'logged_out',
      reason: 'WhatsApp wants this device to be linked anew. Pair the number again.',
    },
  ],
  [
    440,
    {
      action: 'retry',
      backoff: REPLACED,
      givesUpAfter: 2,
      reason: 'Another program uses the link of this number. Stop it there, then start the session again.',
    },
  ],
  [503, { action: 'retry', backoff: SHED, reason: 'WhatsApp is busy; the connection is being set up again.' }],
  [515, { action: 'restart', reason: 'WhatsApp asked for a new connection.' }],
]);

/** The rule for a disconnection; codes that are not in the table are transient (500, 428, 408 and what comes next). */
export function ruleOf(closed: Closed): DisconnectRule {
  if (closed.cause === 'unscanned') return UNSCANNED;
  if (closed.cause === 'network') return LOST;
  return BY_CODE.get(closed.code) ?? LOST;
}
