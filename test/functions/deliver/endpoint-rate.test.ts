import { describe, expect, it } from 'vitest';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { type EndpointRate, makeEndpointRate } from '../../../functions/deliver/endpoint-rate.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const SECOND = 1000;
const RATE = { perSecond: 50, burst: 100 };
const ENDPOINT = { endpointId: 'wh_000000000000000000000001', rate: RATE } as EndpointRow;
/** Calls of the function at once, each with a memory of its own. */
const CALLS = 40;

/** Events of each second spread over some calls by chance; counts those that may go at once, second by second. */
async function admitted(
  eventsASecond: number,
  seconds: number,
): Promise<{ readonly sent: number; readonly refused: number }> {
  const clock = new VirtualClock(0);
  let level = RATE.burst;
  let levelMs = 0;
  const buckets = {
    async takeUpTo(_bucket: unknown, wanted: number) {
      level = Math.min(RATE.burst, level + ((clock.now() - levelMs) / SECOND) * RATE.perSecond);
      levelMs = clock.now();
      const tokens = Math.min(wanted, Math.floor(level));
      level -= tokens;
      return { tokens, retryAfterMs: tokens === 0 ? SECOND : 0 };
    },
  };
  const calls = Array.from({ length: CALLS }, () => makeEndpointRate({ buckets, clock, calls: CALLS }));
  let dice = 7;
  const roll = (below: number): number => (dice = (dice * 48_271) % 2_147_483_647) % below;
  let [sent, refused] = [0, 0];
  const ask = async (call: EndpointRate | undefined, events: number): Promise<void> => {
    for (let n = 0; n < events; n++) {
      if ((await call?.admit(ENDPOINT)) === 0) sent += 1;
      else refused += 1;
    }
  };
  for (let second = 0; second < seconds; second++) {
    // SQS gives a call ten at a time; a few of the calls are warm.
    for (let left = eventsASecond; left > 0; left -= 10) await ask(calls[roll(8)], Math.min(10, left));
    await clock.advance(SECOND);
  }
  return { sent, refused };
}

describe('the rate of an endpoint', () => {
  it('lets a steady flow of four fifths of it pass, over whichever calls SQS spreads it', async () => {
    expect(await admitted(0.8 * RATE.perSecond, 300)).toEqual({ sent: 0.8 * RATE.perSecond * 300, refused: 0 });
  });

  it('lets one and a half times of it pass at most, and the burst', async () => {
    const seconds = 120;
    const { sent, refused } = await admitted(6 * RATE.perSecond, seconds);
    expect(refused).toBeGreaterThan(0);
    expect(sent).toBeGreaterThanOrEqual(RATE.perSecond * seconds);
    expect(sent).toBeLessThanOrEqual(1.5 * RATE.perSecond * seconds + 2 * RATE.burst);
  });
});
