import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryWorld, type Endpoint, MINUTE } from './delivery-world.ts';

const FULL = process.env['POMBO_CHAOS'] === 'full';
const KILLS = Number(process.env['POMBO_TEST_KILLS'] ?? (FULL ? 1000 : 30));
/** A killed function's messages are seen again after their visibility timeout. */
const STEP_MS = 4 * MINUTE;
const EVENTS_A_STEP = 20;
const CHATS = 10;
/** SQS gives a call ten messages: so many requests may be under way when it dies, each of them taken and none of them noted. */
const BATCH = 10;
/** Real milliseconds after the answer within which the function still has something to write. */
const LATE_MS = 20;

let world: DeliveryWorld;
let endpoint: Endpoint;
let kills = 0;
const published: string[] = [];
const killedEnough = (): boolean => kills >= KILLS;

beforeAll(
  async () => {
    world = await DeliveryWorld.start();
    endpoint = await world.subscribe('victim');
    const { lambda } = world.runner.emulators;
    let mayKill = false;
    const kill = (): void => {
      if (mayKill && kills < KILLS && lambda.kill('Deliver')) {
        kills += 1;
        mayKill = false;
      }
    };
    world.receiver.behave('victim', () => {
      const chance = Math.random();
      // In the middle of the request, or somewhere between its answer and the end of the invocation.
      if (chance < 0.2) kill();
      else if (chance < 0.4) setTimeout(kill, Math.random() * LATE_MS);
      return { status: 200 };
    });
    const goOn = async (): Promise<void> => {
      // One call of the few that a step needs; more would be a function that never works.
      mayKill = true;
      for (let n = 0; n < EVENTS_A_STEP; n++)
        published.push(world.receive(endpoint, `55119800000${n % CHATS}`, `${n}`));
      await world.runner.advance(STEP_MS);
    };
    await goOn();
    do await goOn();
    while (!killedEnough());
    world.receiver.behave('victim', () => ({ status: 200 }));
    await world.pass(60 * MINUTE, STEP_MS);
  },
  600_000 + KILLS * 6000,
);
afterAll(() => world?.stop());

describe(`the deliver function over ${KILLS} kills`, () => {
  it('loses nothing', () => {
    const taken = new Set(world.receiver.taken('victim').map(({ id }) => id));
    expect(published.filter((id) => !taken.has(id))).toEqual([]);
  });

  it('doubles no more than was under way at the kills, under the same webhook-id', () => {
    const taken = world.receiver.taken('victim').map(({ id }) => id);
    const doubles = taken.length - new Set(taken).size;
    console.log({ kills, events: published.length, doubles });
    expect(doubles).toBeLessThanOrEqual(kills * BATCH);
    expect(new Set(taken).size).toBe(published.length);
  });
});
