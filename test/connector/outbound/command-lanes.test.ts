import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { CommandLanes, type Disposition } from '../../../connector/outbound/command-lanes.ts';
import type { Hand, Held } from '../../../connector/outbound/hand.ts';

const logger = makeLogger({ level: 'silent', version: '0' });
const held = (group: string, body: string): Held => ({
  queueUrl: 'q',
  receiptHandle: body,
  body,
  group,
  sequence: '1',
  receiveCount: 1,
});

function lanesWith(answer: (body: string) => Promise<Disposition>) {
  const log: string[] = [];
  const hand = {
    done: async ({ body }: Held) => void log.push(`done ${body}`),
    giveBack: async ({ body }: Held) => void log.push(`back ${body}`),
    leave: ({ body }: Held) => void log.push(`leave ${body}`),
    show: async () => undefined,
  } as unknown as Hand;
  const lanes = new CommandLanes({ hand, clock: systemClock, logger, handle: ({ body }) => answer(body) });
  return { lanes, log };
}

describe('CommandLanes', () => {
  it('works in order within a chat and does not wait for other chats', async () => {
    const slow = Promise.withResolvers<void>();
    const { lanes, log } = lanesWith(async (body) => {
      if (body === 'a1') await slow.promise;
      return { type: 'done' };
    });
    for (const [group, body] of [
      ['a', 'a1'],
      ['a', 'a2'],
      ['b', 'b1'],
    ] as const)
      lanes.accept(held(group, body));
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['done b1']);
    slow.resolve();
    await lanes.settled();
    expect(log).toEqual(['done b1', 'done a1', 'done a2']);
  });

  it('gives all later commands of a chat back with the one that can’t go now', async () => {
    const { lanes, log } = lanesWith(async (body) => ({ type: body === 'a2' ? 'give_back' : 'done' }));
    for (const body of ['a1', 'a2', 'a3', 'a4']) lanes.accept(held('a', body));
    await lanes.settled();
    expect(log).toEqual(['done a1', 'back a2', 'back a3', 'back a4']);
  });

  it('leaves a command that throws to the redrive and goes on', async () => {
    const { lanes, log } = lanesWith(async (body) => {
      if (body === 'a1') throw new Error('defect');
      return { type: 'done' };
    });
    lanes.accept(held('a', 'a1'));
    lanes.accept(held('a', 'a2'));
    await lanes.settled();
    expect(log).toEqual(['leave a1', 'done a2']);
  });

  it('works on the next of a chat while one concludes, and has settled only after that', async () => {
    const slow = Promise.withResolvers<Disposition>();
    const failed = Promise.withResolvers<Disposition>();
    const { lanes, log } = lanesWith(async (body) => {
      if (body === 'a1') return { type: 'concluding', concluded: slow.promise };
      if (body === 'a2') return { type: 'concluding', concluded: failed.promise };
      return { type: 'done' };
    });
    for (const body of ['a1', 'a2', 'a3']) lanes.accept(held('a', body));
    let isSettled = false;
    const settled = lanes.settled().then(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['done a3']);
    expect(isSettled).toBe(false);
    slow.resolve({ type: 'done' });
    failed.reject(new Error('killed'));
    await settled;
    expect(log).toEqual(['done a3', 'done a1', 'leave a2']);
  });
});
