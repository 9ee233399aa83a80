import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_CONNECTS_A_MINUTE } from '../../../connector/sessions/connect-pace.ts';
import { idleState, step } from '../../../connector/sessions/session-machine.ts';
import type { SessionInput } from '../../../connector/sessions/session-state.ts';

const WALL_MS = Date.UTC(2026, 10, 20);
const MINUTE_MS = 60_000;
const WHATSAPP_CODES = [400, 401, 402, 403, 405, 406, 408, 409, 411, 428, 440, 500, 503, 515, 599];
const CAUSES = ['whatsapp', 'network', 'upgrade', 'deaf', 'unscanned'] as const;

const at = (nowMs: number) => ({ nowMs, wallMs: WALL_MS, attemptsAllowed: 1000 });
const restarts: SessionInput = { type: 'closed', closed: { code: 515, cause: 'whatsapp' } };
const lost: SessionInput = { type: 'closed', closed: { code: 428, cause: 'network' } };
const start: SessionInput = { type: 'start', linked: true, wasOpen: false };
const fresh = idleState('created', false);

const anyClosed = fc.record({
  type: fc.constant('closed' as const),
  closed: fc.record({
    code: fc.constantFrom(...WHATSAPP_CODES),
    cause: fc.constantFrom(...CAUSES),
    proxied: fc.boolean(),
  }),
});
const anyStart = fc.record({ type: fc.constant('start' as const), linked: fc.boolean(), wasOpen: fc.boolean() });
const anyProgress = fc.constantFrom<SessionInput>({ type: 'qr' }, { type: 'paired' }, { type: 'opened' });

describe('step, whatever comes', () => {
  it('either runs or rests: never a resting session with a wait or a connection', () => {
    const input = fc.oneof(
      anyStart,
      anyClosed,
      anyProgress,
      fc.constantFrom<SessionInput>({ type: 'due' }, { type: 'stop' }, { type: 'logged_out' }),
      fc.constantFrom<SessionInput>(
        { type: 'barred', reason: 'quarantined' },
        { type: 'barred', reason: 'proxy_missing' },
      ),
    );
    const random = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(60_000), random), { maxLength: 40 }), (inputs) => {
        let state = fresh;
        let nowMs = 0;
        for (const [next, passedMs, chance] of inputs) {
          nowMs += passedMs;
          const result = step(state, next, { ...at(nowMs), random: chance });
          const wasRunning = state.running;
          state = result.state;
          expect(state.running).toBe(['pairing', 'connecting', 'open', 'reconnecting'].includes(state.status));
          const moves = result.effects.filter(({ type }) => type !== 'tell');
          for (const effect of moves) {
            if (effect.type !== 'disconnect') expect(state.running).toBe(true);
            if (effect.type === 'wait') expect(effect.delayMs).toBeGreaterThan(0);
            if (effect.type === 'wait') expect(effect.delayMs).toBeLessThanOrEqual(3_600_000);
          }
          if (next.type === 'closed' && wasRunning) expect(moves).toHaveLength(1);
          expect(state.waiting).toBe(state.running && (moves.some(({ type }) => type === 'wait') || state.waiting));
        }
      }),
    );
  });

  /** What the world does next: time passes, the line does something, or its owner presses start. */
  const turn = fc.record({
    passesMs: fc.oneof(fc.nat(50), fc.nat(2500)),
    line: fc.oneof(anyProgress, anyClosed, anyStart, fc.constantFrom(restarts, lost)),
    // Without luck every wait is the shortest.
    chance: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.999, noNaN: true })),
  });

  /** Feeds the machine with turns of the world. @returns when it connected */
  function connectsOf(
    turns: readonly { readonly passesMs: number; readonly line: SessionInput | 'flaps'; readonly chance: number }[],
  ): number[] {
    const connects: number[] = [];
    let state = fresh;
    let nowMs = 0;
    let dueMs: number | undefined;
    const feed = (input: SessionInput, random: number): void => {
      const result = step(state, input, { ...at(nowMs), random });
      state = result.state;
      for (const effect of result.effects) {
        if (effect.type === 'connect') connects.push(nowMs);
        if (effect.type === 'wait') dueMs = nowMs + effect.delayMs;
        if (effect.type !== 'wait' && effect.type !== 'tell') dueMs = undefined;
      }
    };
    feed(start, 0);
    for (const { passesMs, line, chance } of turns) {
      const untilMs = nowMs + passesMs;
      if (dueMs !== undefined && dueMs <= untilMs) {
        nowMs = dueMs;
        dueMs = undefined;
        feed({ type: 'due' }, chance);
      }
      nowMs = untilMs;
      // The line says nothing while there is none; its owner presses start instead.
      const word = line === 'flaps' ? (state.status === 'open' ? lost : ({ type: 'opened' } as const)) : line;
      feed(state.running && !state.waiting ? word : start, chance);
    }
    return connects;
  }
  const mostInAMinute = (connects: readonly number[]): number =>
    Math.max(...connects.map((from) => connects.filter((at) => at >= from && at < from + MINUTE_MS).length));

  it(`never connects more than ${MOST_CONNECTS_A_MINUTE} times in any minute`, () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 20, maxLength: 200 }), (turns) => {
        expect(mostInAMinute(connectsOf(turns))).toBeLessThanOrEqual(MOST_CONNECTS_A_MINUTE);
      }),
      { numRuns: 300 },
    );
  });

  it('is held back by that bound alone when its line opens and drops at once, without end', () => {
    const flapping = Array.from({ length: 4000 }, () => ({ passesMs: 50, line: 'flaps' as const, chance: 0 }));
    expect(mostInAMinute(connectsOf(flapping))).toBe(MOST_CONNECTS_A_MINUTE);
  });
});
