import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsUsage, totalOf } from '../../bench/cost/aws-usage.ts';
import { DeliveryWorld, type Endpoint, HOUR, MINUTE, SECOND } from './delivery-world.ts';

const FULL = process.env['POMBO_CHAOS'] === 'full';
const EVENTS = Number(process.env['POMBO_TEST_EVENTS'] ?? (FULL ? 100_000 : 1000));
const OUTAGE_MS = 6 * HOUR;
const CHATS = 200;
/** Steps in which events come in. */
const STEP_MS = MINUTE;
const STEPS = OUTAGE_MS / STEP_MS;
/** Reference webhooks.md section 6, bars 6 to 8. */
const BARS = {
  postsAnHour: 100,
  executions: 5,
  firstDeliveryMs: 60 * SECOND,
  drainedWithinMs: 2 * HOUR,
  newEventP95Ms: 5 * SECOND,
  usdAMillion: 5,
};
/** The short form has a few events among which the probes of six hours are shared out: its cost says nothing of a million. */
const LEAST_FOR_COST = 50_000;

let world: DeliveryWorld;
let endpoint: Endpoint;
let other: Endpoint;
/** When the receiver takes events again. */
let recoveredMs = 0;
const published: { readonly id: string; readonly chat: string }[] = [];
/** Statuses, whose order nobody keeps, that happened while the backlog was drained. */
const fresh = new Map<string, number>();
const usage = new AwsUsage();
let executions = 0;

const chatOf = (index: number): string => `55119${String(80_000_000 + (index % CHATS))}`;

beforeAll(
  async () => {
    world = await DeliveryWorld.start({}, usage.hooks);
    usage.watch(world.runner);
    // At its default of 50 a second a million would take 5.5 hours (bar 7 is about 200). With it a tenth execution is begun.
    endpoint = await world.subscribe('down', FULL ? { rate: { per_second: 200 } } : {});
    other = await world.subscribe('up');
    world.runner.on(({ source, event }) => {
      if (source === 'states' && event.type === 'executionStarted') executions += 1;
    });
    usage.clear();
    const startMs = world.clock.now();
    recoveredMs = startMs + OUTAGE_MS;
    world.receiver.behave('down', ({ atMs }) => ({ status: atMs < recoveredMs ? 503 : 200 }));
    let next = 0;
    await world.pass(OUTAGE_MS, STEP_MS, (step) => {
      const until = Math.floor((EVENTS * (step + 1)) / STEPS);
      if (FULL && step % 30 === 0) process.stderr.write(`${step} of ${STEPS} minutes are over\n`);
      for (; next < until; next++) {
        const chat = chatOf(next);
        published.push({ id: world.receive(endpoint, chat, `event ${next}`), chat });
      }
      world.receive(other, chatOf(step), `beside ${step}`);
    });
    let step = 0;
    const isOver = (): boolean => {
      if (step++ % 3 === 0 && isDraining()) fresh.set(world.tellStatus(endpoint), world.clock.now());
      return missing().length === 0;
    };
    await world.passUntil(isOver, BARS.drainedWithinMs, 10 * SECOND);
    // What is doubled comes late, and so do the last of the fresh ones.
    await world.pass(10 * MINUTE, MINUTE);
  },
  300_000 + EVENTS * 100,
);
afterAll(() => world?.stop());

/** The receiver takes events again and has not had all. */
const isDraining = (): boolean => {
  const { length } = world.receiver.taken('down');
  return length > 0 && length < published.length;
};

function missing(): string[] {
  const taken = new Set(world.receiver.taken('down').map(({ id }) => id));
  return published.filter(({ id }) => !taken.has(id)).map(({ id }) => id);
}

describe(`${EVENTS} events through an outage of six hours`, () => {
  it('lose nothing', () => {
    expect(missing()).toEqual([]);
  });

  it('arrive once each', () => {
    const taken = world.receiver.taken('down').map(({ id }) => id);
    expect(taken).toHaveLength(new Set(taken).size);
  });

  it('arrive in the order of their chats', () => {
    const order = new Map(published.map(({ id }, index) => [id, index]));
    const latest = new Map<string, number>();
    const ordered = world.receiver.taken('down').filter(({ id }) => order.has(id));
    const inversions = ordered.filter(({ id }) => {
      const place = order.get(id) ?? -1;
      const chat = published[place]?.chat ?? '';
      const inverted = place < (latest.get(chat) ?? -1);
      latest.set(chat, place);
      return inverted;
    });
    expect(inversions).toEqual([]);
  });

  it('cost few requests while the receiver is down', () => {
    const hours = Array.from({ length: OUTAGE_MS / HOUR }, (_, hour) => {
      const from = recoveredMs - OUTAGE_MS + hour * HOUR;
      return world.receiver.at('down').filter(({ atMs }) => atMs >= from && atMs < from + HOUR).length;
    });
    console.log({ events: EVENTS, postsByHour: hours, executions, transitions: usage.transitions });
    expect(Math.max(...hours)).toBeLessThanOrEqual(BARS.postsAnHour);
    expect(executions).toBeLessThanOrEqual(BARS.executions);
  });

  it('begin to arrive within a minute of the recovery and are all there two hours later', () => {
    const taken = world.receiver.taken('down').map(({ atMs }) => atMs);
    console.log({ firstMs: Math.min(...taken) - recoveredMs, lastMs: Math.max(...taken) - recoveredMs });
    expect(Math.min(...taken) - recoveredMs).toBeLessThanOrEqual(BARS.firstDeliveryMs);
    expect(Math.max(...taken) - recoveredMs).toBeLessThanOrEqual(BARS.drainedWithinMs);
  });

  it('let what happens meanwhile through at once, where its order does not matter', () => {
    const delays = world.receiver
      .taken('down')
      .flatMap(({ atMs, id }) => (fresh.has(id) ? [atMs - (fresh.get(id) ?? 0)] : []))
      .toSorted((a, b) => a - b);
    const p95 = delays[Math.floor(delays.length * 0.95)] ?? 0;
    console.log({ fresh: fresh.size, p95 });
    expect(delays).toHaveLength(fresh.size);
    expect(p95).toBeLessThanOrEqual(BARS.newEventP95Ms);
  });

  it('cost what a million may cost', () => {
    const prices = usage.prices(EVENTS, { durations: 'sum', fifoShare: 1 });
    const total = totalOf(prices);
    console.log({ usdForAMillion: total.toFixed(2), of: prices, each: usage.perEvent(EVENTS) });
    expect(total).toBeGreaterThan(0);
    if (EVENTS >= LEAST_FOR_COST) expect(total).toBeLessThanOrEqual(BARS.usdAMillion);
  });

  it('delay nothing for another receiver', () => {
    expect(world.receiver.taken('up')).toHaveLength(STEPS);
  });
});
