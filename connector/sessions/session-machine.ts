import type { SessionStatus } from '#core/domain/session-status.ts';
import { afterClosed } from './after-closed.ts';
import { connectNow, within } from './connect-pace.ts';
import {
  ended,
  type SessionInput,
  type SessionState,
  type Step,
  type StepContext,
  withStatus,
} from './session-state.ts';

/** An owner who presses start again and again does not connect more often than this, milliseconds. */
const HASTEN_AFTER_MS = 5000;

/** The state of a session that nobody has started here yet. */
export const idleState = (status: SessionStatus, linked: boolean, released = false): SessionState => ({
  status,
  running: false,
  waiting: false,
  linked,
  fresh: false,
  released,
  wasOpen: false,
  failures: 0,
  attempts: [],
  restarts: [],
  takeovers: [],
});

/** It is unlinked or banned, and its owner has not asked for that: nothing but a person brings it back. */
export const needsPerson = ({ status, released }: SessionState): boolean =>
  !released && (status === 'logged_out' || status === 'banned');

/** What happens to a session. Inputs that have no meaning in a state leave it as it is. */
export function step(state: SessionState, input: SessionInput, context: StepContext): Step {
  switch (input.type) {
    case 'start':
      return state.running ? hastened(state, context) : started(state, input, context);
    case 'stop':
      return ended({ ...state, released: true }, 'stopped', 'stopped_by_owner');
    case 'logged_out':
      return ended({ ...state, linked: false, released: true }, 'logged_out', 'logged_out_by_owner');
    case 'barred':
      return barred(state, input.reason);
    case 'due':
    case 'qr':
    case 'paired':
    case 'opened':
    case 'closed':
      return state.running ? whileRunning(state, input, context) : stay(state);
  }
}

type RunningInput = Extract<SessionInput, { readonly type: 'due' | 'qr' | 'paired' | 'opened' | 'closed' }>;

function whileRunning(state: SessionState, input: RunningInput, context: StepContext): Step {
  switch (input.type) {
    case 'due':
      return state.waiting ? connectNow(state, context) : stay(state);
    case 'qr':
      return stay(up(state, 'pairing', context));
    case 'paired':
      return stay({ ...withStatus(state, 'connecting'), linked: true, fresh: true });
    case 'opened':
      return stay({ ...up(state, 'open', context), fresh: false, wasOpen: true });
    case 'closed':
      return afterClosed({ ...state, waiting: false }, input.closed, context);
  }
}

function started(state: SessionState, how: Extract<SessionInput, { type: 'start' }>, context: StepContext): Step {
  const { linked, wasOpen } = how;
  const status = linked ? (wasOpen ? 'reconnecting' : 'connecting') : 'pairing';
  return connectNow({ ...idleState(status, linked), running: true, wasOpen, attempts: state.attempts }, context);
}

/** Whoever starts a session that waits for its next attempt wants it now. */
function hastened(state: SessionState, context: StepContext): Step {
  if (!state.waiting || within(state.attempts, HASTEN_AFTER_MS, context.nowMs).length > 0) return stay(state);
  return connectNow(state, context);
}

/** @param reason why it may not go on */
function barred(state: SessionState, reason: Extract<SessionInput, { type: 'barred' }>['reason']): Step {
  const { state: next, effects } = ended(state, 'stopped', reason);
  const kind = reason === 'quarantined' ? 'session.quarantined' : 'session.stopped';
  return { state: next, effects: [...effects, { type: 'tell', kind, reason, fleet: false }] };
}

function up(state: SessionState, status: SessionStatus, { nowMs }: StepContext): SessionState {
  return { ...withStatus(state, status), upSinceMs: state.upSinceMs ?? nowMs };
}

const stay = (state: SessionState): Step => ({ state, effects: [] });
