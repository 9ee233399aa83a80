import type { SessionReasonCode } from '#core/domain/session-reasons.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import type { Closed } from '../whatsapp/whatsapp-port.ts';
import { connectNow, MINUTE_MS, waitOf, within } from './connect-pace.ts';
import { type Alert, type Backoff, type DisconnectRule, ruleOf } from './disconnect-reason.ts';
import {
  ended,
  type SessionEffect,
  type SessionState,
  type Step,
  type StepContext,
  type Streak,
  withStatus,
} from './session-state.ts';

/** 515 comes once after pairing; more than this in a minute is a loop (whatsapp.md section 7). */
const RESTARTS_A_MINUTE = 3;
const RESTART_LOOP: Backoff = { firstMs: 5000, longestMs: 60_000 };
/** A connection that lasted so long worked: the next failure is a first one. */
const LASTING_MS = 60_000;
/** Failures that a connection which was open but did not last leaves: waits of four seconds at most. */
const FAILURES_OF_FLAPPING = 2;
/** Another program that takes the link again within this time is a fight, not a hand-over. */
const CONTEST_MS = 30 * 60_000;
/** "Once or twice" (whatsapp.md section 7, 440). */
const CONTESTS_ALLOWED = 2;
/** Numbers above are times since the epoch, not durations. */
const EPOCH_S = 1_000_000_000;

/** What becomes of a running session whose connection has ended. */
export function afterClosed(before: SessionState, closed: Closed, context: StepContext): Step {
  const rule = ruleOf(closed);
  const { upSinceMs, ...rest } = before;
  const lasted = upSinceMs !== undefined && context.nowMs - upSinceMs >= LASTING_MS;
  const state = { ...rest, failures: failuresOf(before, lasted), streak: streakOf(before, rule.reason, context) };
  switch (rule.action) {
    case 'stop':
      return stopped(state, closed, { rule, wallMs: context.wallMs });
    case 'restart':
      return restarted(state, rule.reason, context);
    case 'contend':
      return contended(state, rule, context);
    case 'retry':
      return retried(state, rule, context);
  }
}

/** Failed attempts in a row before the one that has just ended. */
function failuresOf({ status, failures }: SessionState, lasted: boolean): number {
  if (lasted) return 0;
  return status === 'open' ? Math.min(failures, FAILURES_OF_FLAPPING) : failures;
}

function retried(
  before: SessionState,
  rule: Extract<DisconnectRule, { readonly action: 'retry' }>,
  context: StepContext,
): Step {
  const failures = before.failures + 1;
  if (failures >= context.attemptsAllowed) return givenUp(before, 'attempts_exhausted');
  const { state: alerted, effects } = alertOf(before, rule.alert, context);
  const state = { ...withStatus(alerted, waitingStatus(before)), failures, reason: rule.reason, waiting: true };
  return { state, effects: [waitOf(rule.backoff, failures, context), ...effects] };
}

/** The other program may be our own predecessor, so it is tried again; after that a person has to end the fight. */
function contended(
  before: SessionState,
  { reason, backoff }: Extract<DisconnectRule, { readonly action: 'contend' }>,
  context: StepContext,
): Step {
  const takeovers = [...within(before.takeovers, CONTEST_MS, context.nowMs), context.nowMs];
  if (takeovers.length > CONTESTS_ALLOWED) return givenUp({ ...before, takeovers }, reason);
  const state = { ...withStatus(before, waitingStatus(before)), reason, takeovers, waiting: true };
  return { state, effects: [waitOf(backoff, takeovers.length, context)] };
}

/** WhatsApp wants a new connection with the same credentials: at once, unless it asks again and again. */
function restarted(before: SessionState, reason: SessionReasonCode, context: StepContext): Step {
  const restarts = [...within(before.restarts, MINUTE_MS, context.nowMs), context.nowMs];
  const next = { ...withStatus(before, waitingStatus(before)), restarts };
  if (restarts.length <= RESTARTS_A_MINUTE) return connectNow(next, context);
  const failures = before.failures + 1;
  if (failures >= context.attemptsAllowed) return givenUp(before, 'attempts_exhausted');
  const wait = waitOf(RESTART_LOOP, restarts.length - RESTARTS_A_MINUTE, context);
  return { state: { ...next, failures, reason, waiting: true }, effects: [wait] };
}

function stopped(
  before: SessionState,
  closed: Closed,
  how: { readonly rule: Extract<DisconnectRule, { readonly action: 'stop' }>; readonly wallMs: number },
): Step {
  const { rule, wallMs } = how;
  // A number that was never linked has no link to lose.
  const status: SessionStatus = before.linked || rule.status === 'banned' ? rule.status : 'stopped';
  const { state, effects } = ended(before, status, rule.reason);
  const needsPerson: SessionEffect = { type: 'tell', kind: 'session.needs_person', reason: rule.reason, fleet: false };
  const all = status === 'stopped' ? effects : [...effects, needsPerson];
  if (rule.reason !== 'banned_for_a_time' || !closed.banS) return { state, effects: all };
  const reasonUntilMs = closed.banS < EPOCH_S ? wallMs + closed.banS * 1000 : closed.banS * 1000;
  return { state: { ...state, reason: 'banned_until', reasonUntilMs }, effects: all };
}

function givenUp(before: SessionState, reason: SessionReasonCode): Step {
  const { state, effects } = ended(before, 'stopped', reason);
  return { state, effects: [...effects, { type: 'tell', kind: 'session.stopped', reason, fleet: false }] };
}

function alertOf(state: SessionState, alert: Alert | undefined, { nowMs }: StepContext): Step {
  const { streak } = state;
  if (!alert || !streak || streak.told) return { state, effects: [] };
  const often = alert.inARow !== undefined && streak.count >= alert.inARow;
  const long = alert.afterMs !== undefined && nowMs - streak.sinceMs >= alert.afterMs;
  if (!often && !long) return { state, effects: [] };
  const { fleet } = alert;
  const tell: SessionEffect = { type: 'tell', kind: 'session.needs_person', reason: streak.reason, fleet };
  return { state: { ...state, streak: { ...streak, told: true } }, effects: [tell] };
}

function streakOf({ streak, upSinceMs }: SessionState, reason: SessionReasonCode, { nowMs }: StepContext): Streak {
  const lasted = upSinceMs !== undefined && nowMs - upSinceMs >= LASTING_MS;
  if (streak?.reason !== reason || lasted) return { reason, count: 1, sinceMs: nowMs, told: false };
  return { ...streak, count: streak.count + 1 };
}

const waitingStatus = (state: SessionState): SessionStatus =>
  state.linked ? (state.wasOpen ? 'reconnecting' : 'connecting') : 'pairing';
