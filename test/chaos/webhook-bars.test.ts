import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryWorld, type Endpoint, HOUR, MINUTE, SECOND } from './delivery-world.ts';
import type { Received } from './scripted-receiver.ts';

const FULL = process.env['POMBO_CHAOS'] === 'full';
/** Nothing here is timed: this only ends a test that hangs, on a machine with much else to do. */
const timeout = FULL ? 3_600_000 : 600_000;

let world: DeliveryWorld;

beforeAll(async () => {
  world = await DeliveryWorld.start({ failureEmail: 'ops@example.com' });
}, 60_000);
afterAll(() => world?.stop());

const chat = (index: number): string => `55119${String(70_000_000 + index)}`;

/** First time that each event was taken, in order. */
function firstTaken(endpoint: Endpoint): Received[] {
  const seen = new Set<string>();
  return world.receiver.taken(endpoint.name).filter(({ id }) => !seen.has(id) && seen.add(id));
}

describe('a receiver that fails at random', () => {
  const CHATS = FULL ? 1000 : 30;
  const EVENTS_A_CHAT = 8;
  const FAILS = 0.2;

  it('gets every chat in its order (bar 11)', { timeout }, async () => {
    const endpoint = await world.subscribe('flaky', { ordering: 'strict' });
    world.receiver.behave('flaky', () => ({ status: Math.random() < FAILS ? 500 : 200 }));
    const chats = new Map<string, string[]>();
    for (let n = 0; n < EVENTS_A_CHAT; n++) {
      for (let index = 0; index < CHATS; index++) {
        const id = world.receive(endpoint, chat(index), `${n}`);
        chats.set(chat(index), [...(chats.get(chat(index)) ?? []), id]);
      }
      await world.runner.advance(20 * SECOND);
    }
    world.receiver.behave('flaky', () => ({ status: 200 }));
    const ids = new Set([...chats.values()].flat());
    await world.passUntil(() => firstTaken(endpoint).length === ids.size, 3 * HOUR, MINUTE);
    const place = new Map(firstTaken(endpoint).map(({ id }, index) => [id, index]));
    for (const chat of chats.values()) {
      const places = chat.map((id) => place.get(id) ?? -1);
      expect(places).not.toContain(-1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });
});

describe('a receiver that hangs', () => {
  const NEIGHBOURS = FULL ? 100 : 20;
  const ROUNDS = FULL ? 30 : 15;
  /** What a neighbour may wait longer than it would without, virtual milliseconds. */
  const DELAY_MS = SECOND;

  it('delays nobody beside it (bar 9)', { timeout }, async () => {
    const slow = await world.subscribe('hangs');
    world.receiver.behave('hangs', () => ({ status: 200, delayMs: 20 * SECOND }));
    const fast: Endpoint[] = [];
    for (let index = 0; index < NEIGHBOURS; index++) fast.push(await world.subscribe(`fast-${index}`));
    const publishedMs = new Map<string, number>();
    await world.pass(ROUNDS * SECOND, SECOND, (round) => {
      for (let n = 0; n < 10; n++) world.receive(slow, chat(round * 10 + n), 'slow');
      for (const endpoint of fast) publishedMs.set(world.receive(endpoint, chat(round), 'fast'), world.clock.now());
    });
    await world.pass(2 * MINUTE, SECOND);
    const delays = fast
      .flatMap((endpoint) => firstTaken(endpoint))
      .map(({ id, atMs }) => atMs - (publishedMs.get(id) ?? 0))
      .toSorted((a, b) => a - b);
    expect(delays).toHaveLength(NEIGHBOURS * ROUNDS);
    const p99 = delays[Math.floor(delays.length * 0.99)] ?? 0;
    console.log({ neighbours: NEIGHBOURS, delayP50: delays[Math.floor(delays.length / 2)], delayP99: p99 });
    expect(p99).toBeLessThanOrEqual(DELAY_MS);
    world.receiver.behave('hangs', () => ({ status: 200 }));
  });
});

describe('a receiver that says when to come back', () => {
  it.each([
    ['seconds', (): string => '300'],
    ['a date', (): string => new Date(world.clock.now() + 300 * SECOND).toUTCString()],
  ])('is left alone until then, told in %s (bar 12)', { timeout }, async (form, header) => {
    const name = `busy-${form.replace(' ', '-')}`;
    const endpoint = await world.subscribe(name);
    const fromMs = world.clock.now();
    world.receiver.behave(name, ({ atMs }) =>
      atMs < fromMs + 300 * SECOND ? { status: 429, headers: { 'retry-after': header() } } : { status: 200 },
    );
    const first = world.receive(endpoint, chat(1), 'first');
    await world.runner.advance(2 * SECOND);
    const second = world.receive(endpoint, chat(2), 'second');
    await world.pass(20 * MINUTE, 10 * SECOND);
    const [refused, ...later] = world.receiver.at(name);
    const { atMs = 0 } = later[0] ?? {};
    // A date has whole seconds.
    expect(atMs - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(299 * SECOND);
    expect(
      firstTaken(endpoint)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([first, second].toSorted());
  });

  it('is asked once an interval in a storm (bar 13)', { timeout }, async () => {
    const EVENTS = FULL ? 10_000 : 150;
    const INTERVAL_S = 300;
    const endpoint = await world.subscribe('storm');
    const untilMs = world.clock.now() + 30 * MINUTE;
    world.receiver.behave('storm', ({ atMs }) =>
      atMs < untilMs ? { status: 429, headers: { 'retry-after': String(INTERVAL_S) } } : { status: 200 },
    );
    for (let n = 0; n < EVENTS; n++) world.receive(endpoint, chat(n), `${n}`);
    await world.pass(30 * MINUTE, 10 * SECOND);
    const asked = world.receiver.at('storm').map(({ atMs }) => atMs);
    // What was in flight when the first answer came has asked too: one batch of each of the three invocations.
    const [firstMs = 0] = asked;
    const afterwards = asked.filter((atMs) => atMs > firstMs + SECOND && atMs < untilMs);
    console.log({ events: EVENTS, asked: asked.length, afterwards: afterwards.length });
    expect(afterwards.length).toBeLessThanOrEqual((30 * 60) / INTERVAL_S);
    await world.passUntil(() => firstTaken(endpoint).length === EVENTS, 2 * HOUR, 10 * SECOND);
    expect(firstTaken(endpoint)).toHaveLength(EVENTS);
  });
});

describe('a receiver that is gone', () => {
  it('gets nothing more after a 410 and its owner is told (bar 15)', { timeout }, async () => {
    const endpoint = await world.subscribe('gone');
    world.receiver.behave('gone', () => ({ status: 410 }));
    world.receive(endpoint, chat(1), 'one');
    await world.runner.advance(10 * SECOND);
    for (let n = 0; n < 20; n++) world.receive(endpoint, chat(n), `${n}`);
    await world.pass(2 * HOUR, MINUTE);
    expect(world.receiver.at('gone')).toHaveLength(1);
    const resource = await world.call('GET', `/webhooks/${endpoint.id}`);
    expect(JSON.stringify(resource)).toContain('gone');
  });
});

describe('a receiver that redirects', () => {
  it('is not followed (bar 17)', { timeout }, async () => {
    const endpoint = await world.subscribe('moved');
    await world.subscribe('elsewhere');
    for (const status of [301, 302, 303, 307, 308]) {
      world.receiver.behave('moved', () => ({ status, headers: { location: world.receiver.url('elsewhere') } }));
      world.receive(endpoint, chat(status), String(status));
      await world.runner.advance(SECOND);
    }
    expect(world.receiver.at('moved').length).toBeGreaterThanOrEqual(5);
    expect(world.receiver.at('elsewhere')).toEqual([]);
  });
});
