import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { Hand, type Held } from '../../../connector/outbound/hand.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const logger = makeLogger({ level: 'silent', version: '0' });
/** A busy queue’s deletion waits so long at most, milliseconds. */
const LINGER_MS = 250;

interface Call {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string; readonly ReceiptHandle: string }[];
}

/** A hand over an SQS that writes down which receipts each call deletes. */
function handWith(answer: () => object = () => ({})) {
  const calls: string[] = [];
  const sqs = {
    send: async ({ constructor, input }: { readonly constructor: { readonly name: string }; readonly input: Call }) => {
      const of = input.Entries?.map(({ ReceiptHandle }) => ReceiptHandle).join(' ');
      calls.push(`${constructor.name.replace('Command', '')} ${of}`);
      return answer();
    },
  } as unknown as SQSClient;
  const clock = new VirtualClock(0);
  return { hand: new Hand({ sqs, clock, logger }), calls, clock };
}

const held = (receiptHandle: string, queueUrl = 'q'): Held => ({
  queueUrl,
  receiptHandle,
  body: '',
  group: receiptHandle,
  sequence: '1',
  receiveCount: 1,
});

describe('Hand', () => {
  it('deletes at once what is the last in hand of its queue', async () => {
    const { hand, calls } = handWith();
    const [one, other] = [held('1'), held('2', 'other')];
    hand.take(one);
    hand.take(other);
    await hand.done(one);
    expect(calls).toEqual(['DeleteMessageBatch 1']);
    expect(hand.size).toBe(1);
  });

  it('deletes together what is done while more of the queue is in hand: ten at a time, the rest with the last', async () => {
    const { hand, calls } = handWith();
    const all = Array.from({ length: 13 }, (_, index) => held(String(index)));
    for (const each of all) hand.take(each);
    await Promise.all(all.map((each) => hand.done(each)));
    expect(calls).toEqual(['DeleteMessageBatch 0 1 2 3 4 5 6 7 8 9', 'DeleteMessageBatch 10 11 12']);
    expect(hand.size).toBe(0);
  });

  it('waits for others of a busy queue for a moment only', async () => {
    const { hand, calls, clock } = handWith();
    hand.take(held('slow'));
    hand.take(held('1'));
    const done = hand.done(held('1'));
    await clock.advance(LINGER_MS - 1);
    expect(calls).toEqual([]);
    await clock.advance(1);
    await done;
    expect(calls).toEqual(['DeleteMessageBatch 1']);
  });

  it('neither gives back nor leaves what waits to be deleted, and deletes it when the others are gone', async () => {
    const { hand, calls } = handWith();
    hand.take(held('1'));
    hand.take(held('2'));
    const done = hand.done(held('1'));
    await hand.giveBackAll('q');
    await done;
    expect(calls).toEqual(['DeleteMessageBatch 1', 'ChangeMessageVisibility undefined']);
    expect(hand.size).toBe(0);
  });

  it.each([
    ['refuses one', () => ({ Failed: [{ Id: '0', Code: 'InternalError' }] })],
    [
      'cannot be reached',
      () => {
        throw new Error('no route');
      },
    ],
  ])('puts it down when SQS %s: it comes again', async (_, answer) => {
    const { hand } = handWith(answer);
    hand.take(held('1'));
    await hand.done(held('1'));
    expect(hand.size).toBe(0);
  });
});
