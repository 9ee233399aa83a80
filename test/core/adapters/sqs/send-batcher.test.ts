import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageRefusedError, SendBatcher } from '#core/adapters/sqs/send-batcher.ts';
import { sleep } from '#core/domain/clock.ts';
import { VirtualClock } from '../../../../local/clock/virtual-clock.ts';

/** What the queue does with the next call. */
interface Fate {
  readonly takesMs: number;
  /** Entries that it refuses, by their place. */
  readonly refuses: readonly number[];
  readonly fails: boolean;
}

const GOOD: Fate = { takesMs: 8, refuses: [], fails: false };

function testBed(options: { readonly fifo?: boolean; readonly fates?: readonly Fate[]; readonly code?: string } = {}) {
  const { fifo = true, fates = [], code = 'InternalError' } = options;
  const clock = new VirtualClock(0);
  const queued: string[] = [];
  const calls: string[][] = [];
  let call = 0;
  const sqs = {
    async send(command: SendMessageBatchCommand) {
      const { Entries = [] } = command.input;
      const fate = fates[call++] ?? GOOD;
      calls.push(Entries.map(({ MessageBody = '' }) => MessageBody));
      await sleep(clock, fate.takesMs);
      if (fate.fails) throw new Error('down');
      const refused = Entries.filter((_, index) => fate.refuses.includes(index));
      for (const entry of Entries) if (!refused.includes(entry)) queued.push(entry.MessageBody ?? '');
      return { Failed: refused.map(({ Id }) => ({ Id, Code: code })) };
    },
  } as unknown as SQSClient;
  const batcher = new SendBatcher({ sqs, queueUrl: 'q', fifo, lingerMs: 10, clock });
  const send = (group: string, body: string): Promise<void> =>
    batcher.send({ MessageBody: body, MessageGroupId: group });
  return { clock, queued, calls, send };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('SendBatcher', () => {
  it('sends at once while nothing is under way', async () => {
    const { calls, send } = testBed();
    void send('a', 'a1');
    await Promise.resolve();
    expect(calls).toEqual([['a1']]);
  });

  it('puts what comes in one turn into one call', async () => {
    const { calls, clock, send } = testBed();
    const sent = Promise.all(numbers(4).map((n) => send(`g${n}`, `${n}`)));
    await clock.advance(8);
    await sent;
    expect(calls).toEqual([['0', '1', '2', '3']]);
  });

  it('gathers while a call is under way, for a few milliseconds or until ten are there', async () => {
    const { calls, clock, send } = testBed({ fates: [{ ...GOOD, takesMs: 100 }] });
    void send('first', 'first');
    await clock.advance(1);
    for (const n of numbers(12)) void send(`g${n}`, `${n}`);
    await clock.advance(0);
    expect(calls.map(({ length }) => length)).toEqual([1, 10]);
    await clock.advance(9);
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    expect(calls.map(({ length }) => length)).toEqual([1, 10, 2]);
  });

  it('sends one message of a group at a time', async () => {
    const { calls, clock, send } = testBed();
    const sent = Promise.all(['a1', 'a2', 'a3', 'b1'].map((body) => send(body.slice(0, 1), body)));
    await clock.advance(40);
    await sent;
    expect(calls).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('puts a group together where order does not matter', async () => {
    const { calls, clock, send } = testBed({ fifo: false });
    const sent = Promise.all(numbers(3).map((n) => send('a', `${n}`)));
    await clock.advance(8);
    await sent;
    expect(calls).toEqual([['0', '1', '2']]);
  });

  it('stays below what one call may carry', async () => {
    const { calls, clock, send } = testBed({ fifo: false });
    const sent = Promise.all(numbers(3).map((n) => send('a', String(n).repeat(500_000))));
    await clock.advance(20);
    await sent;
    expect(calls.map((bodies) => bodies.map((body) => body[0]))).toEqual([['0', '1'], ['2']]);
  });

  it('refuses a message that SQS will never take, and says so', async () => {
    const { send, calls } = testBed();
    await expect(send('a', 'x'.repeat(1024 * 1024))).rejects.toThrow(MessageRefusedError);
    expect(calls).toEqual([]);
    const refusing = testBed({ fates: [{ ...GOOD, takesMs: 0, refuses: [0] }], code: 'InvalidMessageContents' });
    const refused = expect(refusing.send('a', 'a1')).rejects.toThrow(MessageRefusedError);
    await refusing.clock.advance(0);
    await refused;
  });

  it('gives up after three resends, and the followers of the group with it', async () => {
    const fates = numbers(4).map(() => ({ ...GOOD, refuses: [0] }));
    const { clock, calls, queued, send } = testBed({ fates });
    const first = expect(send('a', 'a1')).rejects.toThrow('InternalError');
    const second = expect(send('a', 'a2')).rejects.toThrow('InternalError');
    await clock.advance(5000);
    await Promise.all([first, second]);
    expect(calls).toEqual([['a1'], ['a1'], ['a1'], ['a1']]);
    expect(queued).toEqual([]);
  });

  it('keeps the order of each group and loses nothing when each sender tries again until it succeeds', async () => {
    const fate = fc.record({
      takesMs: fc.nat(50),
      refuses: fc.array(fc.nat(9), { maxLength: 4 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 20 }),
        fc.array(fc.nat(5), { maxLength: 40 }),
        async (fates, groups) => {
          const { clock, queued, calls, send } = testBed({ fates });
          const bodies = new Map<number, string[]>();
          groups.forEach((group, n) => bodies.set(group, [...(bodies.get(group) ?? []), `${group}-${n}`]));
          const sending = [...bodies].map(async ([group, texts]) => {
            for (const text of texts) {
              for (let sent = false; !sent; ) {
                sent = await send(`g${group}`, text).then(
                  () => true,
                  () => false,
                );
              }
            }
          });
          // Every fate four times, and the waits between.
          for (let turn = 0; turn < 400; turn++) await clock.advance(25);
          await Promise.all(sending);
          for (const [group, texts] of bodies) {
            expect(queued.filter((body) => body.startsWith(`${group}-`))).toEqual(texts);
          }
          expect(calls.every(({ length }) => length <= 10)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});
