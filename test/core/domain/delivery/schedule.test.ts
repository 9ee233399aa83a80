import { describe, expect, it } from 'vitest';
import type { DeliveryAttempt } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { nextAfter } from '#core/domain/delivery/schedule.ts';
import type { Patience, Verdict } from '#core/domain/delivery/verdict.ts';

const START = Date.UTC(2026, 10, 20);
const HOUR = 3600_000;
type Failed = Extract<Verdict, { kind: 'failed' }>;

/** Lets a delivery fail again and again. @returns the delays in seconds, and how it ended */
function run(options: {
  readonly patience?: Patience;
  readonly retry?: EndpointRow['retry'];
  readonly random?: () => number;
  readonly retryAfterMs?: number;
}) {
  const { patience = 'full', random = () => 0.5, retry, retryAfterMs } = options;
  const verdict: Failed = {
    kind: 'failed',
    patience,
    timedOut: false,
    error: 'no',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  const history: DeliveryAttempt[] = [];
  const delays: number[] = [];
  let nowMs = START;
  for (;;) {
    history.push({ atMs: nowMs, durationMs: 1, error: 'no', ...(patience !== 'full' && { patience }) });
    const past = { attempts: history.length, history, firstAttemptAtMs: START };
    const next = nextAfter(verdict, past, retry, { nowMs, random });
    if (next.kind === 'dead') return { delays, attempts: history.length, reason: next.reason };
    delays.push(next.delayMs / 1000);
    nowMs += next.delayMs;
  }
}

describe('nextAfter', () => {
  it('tries ten times in 22.7 hours', () => {
    const { attempts, delays, reason } = run({});
    expect(delays).toEqual([5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200]);
    expect([attempts, reason]).toEqual([10, 'exhausted']);
    expect(delays.reduce((sum, delay) => sum + delay, 0) / 3600).toBeCloseTo(22.7, 1);
  });
  it('spreads each delay by a fifth to both sides, and waits a second at least', () => {
    expect(run({ random: () => 0 }).delays[3]).toBe(480);
    expect(run({ random: () => 0.999_999 }).delays[3]).toBeCloseTo(720, 0);
    expect(run({ retry: { firstDelayMs: 0 } }).delays[0]).toBe(1);
  });
  it('brings ten thousand that failed in one second back over many (bar 14)', () => {
    let state = 14;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const bins = new Map<number, number>();
    for (let n = 0; n < 10_000; n++) {
      const [first = 0, second = 0, third = 0] = run({ random }).delays;
      const bin = Math.floor(random() + first + second + third);
      bins.set(bin, (bins.get(bin) ?? 0) + 1);
    }
    expect(Math.max(...bins.values())).toBeLessThanOrEqual(500);
  });
  it('gives a refusal of the client five attempts, a bad certificate two, a missing name an hour', () => {
    expect(run({ patience: 'client_error' })).toMatchObject({ attempts: 5, reason: 'refused' });
    expect(run({ patience: 'certificate' })).toMatchObject({ attempts: 2, reason: 'certificate' });
    const lost = run({ patience: 'no_such_name' });
    expect(lost.reason).toBe('dns');
    expect(lost.delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThanOrEqual(3600);
  });
  it('keeps to the endpoint’s own limit, first delay and longest age', () => {
    expect(run({ retry: { maxAttempts: 3 } })).toMatchObject({ attempts: 3, reason: 'exhausted' });
    expect(run({ retry: { maxAttempts: 1 } })).toMatchObject({ attempts: 1, delays: [] });
    expect(run({ retry: { firstDelayMs: 60_000 } }).delays.slice(0, 3)).toEqual([60, 60, 120]);
    expect(run({ retry: { maxAgeMs: HOUR } })).toMatchObject({ attempts: 6, reason: 'expired' });
    expect(run({ retry: { maxAttempts: 100 } })).toMatchObject({ reason: 'expired' });
  });
  it('never comes before Retry-After', () => {
    expect(run({ retryAfterMs: 200_000 }).delays.slice(0, 4)).toEqual([200, 200, 200, 600]);
  });
});
