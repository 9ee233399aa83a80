import type { NoticeKind } from '#core/domain/notice.ts';
import type { SessionReasonCode } from '#core/domain/session-reasons.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import type { Closed } from '../whatsapp/whatsapp-port.ts';

/** Where a session is. Pure data: `step` gives the next one. Times are monotonic milliseconds. */
export interface SessionState {
  readonly status: SessionStatus;
  readonly reason?: SessionReasonCode;
  /** When the reason ends by itself, milliseconds since the epoch. */
  readonly reasonUntilMs?: number;
  /** It has or wants a connection here. */
  readonly running: boolean;
  /** It waits for `due`. */
  readonly waiting: boolean;
  /** A phone has linked it. */
  readonly linked: boolean;
  /** It was linked a moment ago; its first login brings hundreds of keys along. */
  readonly fresh: boolean;
  /** Its owner wants it to rest. */
  readonly released: boolean;
  /** It was open since its start. */
  readonly wasOpen: boolean;
  /** Since when its connection is open or shows a code. */
  readonly upSinceMs?: number;
  /** Attempts in a row that did not last. */
  readonly failures: number;
  /** When it connected, within the last minute. */
  readonly attempts: readonly number[];
  /** When WhatsApp asked for a new connection, within the last minute. */
  readonly restarts: readonly number[];
  /** When another program took the link, within the last half hour. */
  readonly takeovers: readonly number[];
  /** The reason of its latest ends in a row. */
  readonly streak?: Streak;
}

export interface Streak {
  readonly reason: SessionReasonCode;
  readonly count: number;
  readonly sinceMs: number;
  /** Operators know. */
  readonly told: boolean;
}

export type SessionInput =
  | { readonly type: 'start'; readonly linked: boolean; readonly wasOpen: boolean }
  /** The wait of `wait` is over. */
  | { readonly type: 'due' }
  | { readonly type: 'qr' }
  | { readonly type: 'paired' }
  | { readonly type: 'opened' }
  | { readonly type: 'closed'; readonly closed: Closed }
  | { readonly type: 'stop' }
  /** Our own logout is done. */
  | { readonly type: 'logged_out' }
  /** It must not be started. */
  | { readonly type: 'barred'; readonly reason: Extract<SessionReasonCode, 'quarantined' | 'proxy_missing'> };

export type SessionEffect =
  /** Open a connection now. */
  | { readonly type: 'connect' }
  /** Say `due` after this time. */
  | { readonly type: 'wait'; readonly delayMs: number }
  /** End the connection and any wait. */
  | { readonly type: 'disconnect' }
  /** Tell operators; `fleet`: all sessions have this trouble. */
  | {
      readonly type: 'tell';
      readonly kind: Extract<NoticeKind, `session.${string}`>;
      readonly reason: SessionReasonCode;
      readonly fleet: boolean;
    };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

export interface StepContext {
  /** Monotonic, milliseconds. */
  readonly nowMs: number;
  /** Wall time, milliseconds since the epoch. */
  readonly wallMs: number;
  /** In [0, 1). */
  readonly random: number;
  /** Failed attempts in a row after which it stops. */
  readonly attemptsAllowed: number;
}

/** It rests, until its owner starts it. */
export function ended(state: SessionState, status: SessionStatus, reason: SessionReasonCode): Step {
  const { upSinceMs: _up, ...rest } = withStatus(state, status);
  return {
    state: { ...rest, reason, running: false, waiting: false, failures: 0 },
    effects: [{ type: 'disconnect' }],
  };
}

/** A status without a reason. */
export function withStatus(state: SessionState, status: SessionStatus): SessionState {
  const { reason: _reason, reasonUntilMs: _until, ...rest } = state;
  return { ...rest, status };
}
