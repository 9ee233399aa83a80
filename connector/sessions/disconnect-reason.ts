import type { SessionReasonCode } from '#core/domain/session-reasons.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import type { Closed } from '../whatsapp/whatsapp-port.ts';

/** Waits between attempts, milliseconds; doubled from the first to the longest, and half of each is random. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** When operators are told although the session goes on trying. */
export interface Alert {
  /** This many ends of this reason in a row. */
  readonly inARow?: number;
  /** The reason has held for so long, milliseconds. */
  readonly afterMs?: number;
  /** It concerns all sessions alike, so one notice is enough. */
  readonly fleet: boolean;
}

/** What a disconnection asks of us. */
export type DisconnectRule =
  | {
      readonly action: 'retry';
      readonly reason: SessionReasonCode;
      readonly backoff: Backoff;
      readonly alert?: Alert;
    }
  /** Another socket took the link: a few tries, then a person has to look. */
  | { readonly action: 'contend'; readonly reason: SessionReasonCode; readonly backoff: Backoff }
  | { readonly action: 'restart'; readonly reason: SessionReasonCode }
  | {
      readonly action: 'stop';
      readonly status: Extract<SessionStatus, 'logged_out' | 'banned' | 'stopped'>;
      readonly reason: SessionReasonCode;
    };

/** Figures of whatsapp.md section 7. */
const NORMAL: Backoff = { firstMs: 1000, longestMs: 60_000 };
const SHED: Backoff = { firstMs: 5000, longestMs: 300_000 };
/** 10 to 20 s, then 15 to 30 s. */
const CONTENDED: Backoff = { firstMs: 20_000, longestMs: 30_000 };
/** Nothing helps before somebody has acted: never below 5 minutes. */
const SLOW: Backoff = { firstMs: 600_000, longestMs: 3_600_000 };
const ERRORS_IN_A_ROW = 5;
const BUSY_FOR_MS = 30 * 60_000;

const AT_ONCE: Alert = { inARow: 1, fleet: true };

const LOST: DisconnectRule = { action: 'retry', backoff: NORMAL, reason: 'connection_lost' };
const DEAF: DisconnectRule = { action: 'retry', backoff: NORMAL, reason: 'connection_deaf' };
const UNSCANNED: DisconnectRule = { action: 'stop', status: 'stopped', reason: 'pairing_expired' };
const UNREACHABLE: DisconnectRule = {
  action: 'retry',
  backoff: NORMAL,
  reason: 'proxy_unreachable',
  alert: { inARow: ERRORS_IN_A_ROW, fleet: false },
};
/** `stream:error` without a code, and errors of the WebSocket that nobody knows. */
const ERROR: DisconnectRule = {
  action: 'retry',
  backoff: NORMAL,
  reason: 'whatsapp_error',
  alert: { inARow: ERRORS_IN_A_ROW, fleet: false },
};
const BAD_SESSION = 500;

/** By WhatsApp's own code. */
const BY_CODE: ReadonlyMap<number, DisconnectRule> = new Map<number, DisconnectRule>([
  [400, { action: 'retry', backoff: SLOW, reason: 'protocol_unknown', alert: AT_ONCE }],
  [401, { action: 'stop', status: 'logged_out', reason: 'device_unlinked' }],
  [402, { action: 'stop', status: 'banned', reason: 'banned_for_a_time' }],
  [403, { action: 'stop', status: 'banned', reason: 'number_refused' }],
  [405, { action: 'retry', backoff: SLOW, reason: 'client_outdated', alert: AT_ONCE }],
  [406, { action: 'stop', status: 'banned', reason: 'number_banned' }],
  [409, { action: 'retry', backoff: SLOW, reason: 'client_refused', alert: AT_ONCE }],
  [411, { action: 'stop', status: 'logged_out', reason: 'relink_required' }],
  [440, { action: 'contend', backoff: CONTENDED, reason: 'link_taken' }],
  [BAD_SESSION, ERROR],
  [503, { action: 'retry', backoff: SHED, reason: 'whatsapp_busy', alert: { afterMs: BUSY_FOR_MS, fleet: true } }],
  [515, { action: 'restart', reason: 'restart_requested' }],
]);

const ADDRESS_REFUSED: DisconnectRule = {
  action: 'retry',
  backoff: SHED,
  reason: 'address_refused',
  alert: AT_ONCE,
};

/** By the HTTP status of a refused upgrade; it may be a proxy's. */
const BY_UPGRADE: ReadonlyMap<number, DisconnectRule> = new Map<number, DisconnectRule>([
  [403, ADDRESS_REFUSED],
  [407, { action: 'retry', backoff: SHED, reason: 'proxy_refused', alert: { inARow: 1, fleet: false } }],
  [429, ADDRESS_REFUSED],
]);

/** The rule for a disconnection; codes that are not in the table are transient (428, 408 and what comes next). */
export function ruleOf(closed: Closed): DisconnectRule {
  switch (closed.cause) {
    case 'unscanned':
      return UNSCANNED;
    case 'deaf':
      return DEAF;
    case 'upgrade':
      return BY_UPGRADE.get(closed.code) ?? (closed.proxied ? UNREACHABLE : LOST);
    case 'network':
      if (closed.proxied) return UNREACHABLE;
      return closed.code === BAD_SESSION ? ERROR : LOST;
    case 'whatsapp':
      return BY_CODE.get(closed.code) ?? LOST;
  }
}
