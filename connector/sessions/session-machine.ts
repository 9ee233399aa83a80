import type { SessionStatus } from '#core/domain/session-status.ts';
import type { Closed } from '../whatsapp/whatsapp-port.ts';
import { type Backoff, ruleOf } from './disconnect-reason.ts';

/** Where a session is. Pure data: `step` gives the next one. */
export interface SessionState {
  readonly status: SessionStatus;
  readonly reason?: string;
  /** It has or wants a connection here. */
  readonly running: boolean;
  /** A phone has linked it. */
  readonly linked: boolean;
  /** Its owner wants it to rest. */
  readonly released: boolean;
  /** It was open since its start. */
  readonly wasOpen: boolean;
  /** Attempts in a row that ended without being open. */
  readonly failures: number;
  /** When WhatsApp asked for a new connection, monotonic milliseconds, within the last minute. */
  readonly restarts: readonly number[];
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
  | { readonly type: 'logged_out' };

export type SessionEffect =
  /** Open a connection now. */
  | { readonly type: 'connect' }
  /** Say `due` after this time. */
  | { readonly type: 'wait'; readonly delayMs: number }
  /** End the connection and any wait. */
  | { readonly type: 'disconnect' };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

/** @param nowMs monotonic · @param random in [0, 1) */
export interface StepContext {
  readonly nowMs: number;
  readonly random: number;
}

/** 515 comes once after pairing; more than this in a minute is a loop (whatsapp.md section 7). */
const RESTARTS_A_MINUTE = 3;
const MINUTE_MS = 60_000;
const RESTART_LOOP: Backoff = { firstMs: 5000, longestMs: 60_000 };

/** The state of a session that nobody has started here yet. */
export const idleState = (status: SessionStatus, linked: boolean, released = false): SessionState => ({
  status,
  running: false,
  linked,
  released,
  wasOpen: false,
  failures: 0,
  restarts: [],
});

/** It is unlinked or banned, and its owner has not asked for that: nothing but a person brings it back. */
export const needsPerson = ({ status, released }: SessionState): boolean =>
  !released && (status === 'logged_out' || status === 'banned');

/** What happens to a session. Inputs that have no meaning in a state leave it as it is. */
export function step(state: SessionState, input: SessionInput, context: StepContext): Step {
  switch (input.type) {
    case 'start':
      return state.running ? stay(state) : started(input);
    case 'stop':
      return ended({ ...state, released: true, status: 'stopped', reason: 'The session was stopped by its owner.' });
    case 'logged_out':
      return ended({
        ...state,
        linked: false,
        released: true,
        status: 'logged_out',
        reason: 'The session was logged out by its owner.',
      });
    case 'due':
    case 'qr':
    case 'paired':
    case 'opened':
    case 'closed':
      return state.running ? whileRunning(state, input, context) : stay(state);
  }
}

type RunningInput = Exclude<SessionInput, { readonly type: 'start' | 'stop' | 'logged_out' }>;

function whileRunning(state: SessionState, input: RunningInput, context: StepContext): Step {
  switch (input.type) {
    case 'due':
      return { state, effects: [{ type: 'connect' }] };
    case 'qr':
      return stay(withStatus({ ...state, failures: 0 }, 'pairing'));
    case 'paired':
      return stay(withStatus({ ...state, linked: true }, 'connecting'));
    case 'opened':
      return stay(withStatus({ ...state, failures: 0, wasOpen: true }, 'open'));
    case 'closed':
      return closed(state, input.closed, context);
  }
}

function started({ linked, wasOpen }: { readonly linked: boolean; readonly wasOpen: boolean }): Step {
  const status = linked ? (wasOpen ? 'reconnecting' : 'connecting') : 'pairing';
  return { state: { ...idleState(status, linked), running: true, wasOpen }, effects: [{ type: 'connect' }] };
}

function closed(state: SessionState, how: Closed, context: StepContext): Step {
  const rule = ruleOf(how);
  const failures = state.failures + 1;
  switch (rule.action) {
    case 'stop':
      return ended({ ...state, status: stopStatus(state, rule.status), reason: rule.reason });
    case 'restart':
      return restarted(state, rule.reason, context);
    case 'retry': {
      if (rule.givesUpAfter !== undefined && failures > rule.givesUpAfter) {
        return ended({ ...state, status: 'stopped', reason: rule.reason });
      }
      const waiting = { ...withStatus({ ...state, failures }, waitingStatus(state)), reason: rule.reason };
      return { state: waiting, effects: [wait(rule.backoff, failures, context)] };
    }
  }
}

/** WhatsApp wants a new connection with the same credentials: at once, unless it asks again and again. */
function restarted(state: SessionState, reason: string, context: StepContext): Step {
  const restarts = [...state.restarts.filter((at) => context.nowMs - at < MINUTE_MS), context.nowMs];
  const next = { ...withStatus(state, waitingStatus(state)), restarts };
  if (restarts.length <= RESTARTS_A_MINUTE) return { state: next, effects: [{ type: 'connect' }] };
  const failures = restarts.length - RESTARTS_A_MINUTE;
  return { state: { ...next, reason }, effects: [wait(RESTART_LOOP, failures, context)] };
}

/** A number that was never linked has no link to lose. */
const stopStatus = (state: SessionState, status: SessionStatus): SessionStatus =>
  state.linked || status === 'banned' ? status : 'stopped';

const waitingStatus = (state: SessionState): SessionStatus =>
  state.linked ? (state.wasOpen ? 'reconnecting' : 'connecting') : 'pairing';

/** Half of the wait is random, so that sessions that fell together do not come back together. */
function wait(backoff: Backoff, failures: number, { random }: StepContext): SessionEffect {
  const fullMs = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures - 1, 20));
  return { type: 'wait', delayMs: Math.round(fullMs / 2 + (fullMs / 2) * random) };
}

const stay = (state: SessionState): Step => ({ state, effects: [] });
const ended = (state: SessionState): Step => ({
  state: { ...state, running: false, failures: 0 },
  effects: [{ type: 'disconnect' }],
});

function withStatus(state: SessionState, status: SessionStatus): SessionState {
  const { reason: _reason, ...rest } = state;
  return { ...rest, status };
}
