import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqsTestBed, startSqs } from './sqs-test-bed.ts';

let bed: SqsTestBed;
let url: string;
let sent = 0;

beforeEach(async () => {
  bed = await startSqs();
  url = await bed.create('outbound.fifo');
});
afterEach(() => bed.stop());

const send = (MessageGroupId: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) => {
  sent += 1;
  return bed.client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageGroupId,
      MessageBody,
      MessageDeduplicationId: `d${sent}`,
      ...more,
    }),
  );
};
const receive = async (max = 10, VisibilityTimeout?: number): Promise<Message[]> => {
  const answer = await bed.client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: max,
      MessageSystemAttributeNames: ['All'],
      ...(VisibilityTimeout === undefined ? {} : { VisibilityTimeout }),
    }),
  );
  return answer.Messages ?? [];
};
const bodies = (messages: Message[]) => messages.map((message) => message.Body);
const remove = (message: Message | undefined) =>
  bed.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
const hide = (message: Message | undefined, VisibilityTimeout: number) =>
  bed.client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout }),
  );

describe('a FIFO queue', () => {
  it('returns several messages of several groups in one receive, each group in order', async () => {
    for (const body of ['a1', 'b1', 'a2', 'a3', 'b2', 'a4', 'b3', 'b4']) await send(body.charAt(0), body);
    const received = bodies(await receive());
    expect(received).toHaveLength(8);
    expect(received.filter((body) => body?.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(received.filter((body) => body?.startsWith('b'))).toEqual(['b1', 'b2', 'b3', 'b4']);
  });

  it('locks a group until nothing of it is in flight, and no other group', async () => {
    for (const body of ['a1', 'a2', 'a3', 'b1']) await send(body.charAt(0), body);
    const [a1, a2] = await receive(2);
    expect(bodies(await receive())).toEqual(['b1']);
    await remove(a1);
    expect(await receive()).toEqual([]);
    await remove(a2);
    expect(bodies(await receive())).toEqual(['a3']);
  });

  it('delivers a message again before its successors when its visibility times out', async () => {
    for (const body of ['a1', 'a2', 'a3']) await send('a', body);
    await receive(1, 10);
    await bed.clock.advance(10_000);
    expect(bodies(await receive())).toEqual(['a1', 'a2', 'a3']);
  });

  it('keeps the group locked when only one of its messages is handed back', async () => {
    for (const body of ['a1', 'a2', 'a3']) await send('a', body);
    const [a1, a2] = await receive(2);
    await hide(a1, 0);
    expect(await receive()).toEqual([]);
    await hide(a2, 0);
    expect(bodies(await receive())).toEqual(['a1', 'a2', 'a3']);
  });

  it('refuses to delete or extend with a receipt handle that has expired', async () => {
    await send('a', 'a1');
    const [first] = await receive(1, 10);
    await bed.clock.advance(10_000);
    await expect(remove(first)).rejects.toThrow('The receipt handle has expired');
    const [second] = await receive();
    await expect(remove(first)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(hide(first, 30)).rejects.toThrow('The receipt handle has expired');
    await remove(second);
    await remove(second);
    expect(bed.sqs.depth('outbound.fifo')).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('numbers messages in the order in which they came and keeps their ids', async () => {
    const one = await send('a', 'a1', { MessageDeduplicationId: 'x' });
    const two = await send('b', 'b1');
    expect(one.SequenceNumber).toMatch(/^\d{20}$/);
    expect((two.SequenceNumber ?? '') > (one.SequenceNumber ?? '')).toBe(true);
    const [message] = await receive(1);
    expect(message?.Attributes).toMatchObject({
      MessageGroupId: 'a',
      MessageDeduplicationId: 'x',
      SequenceNumber: one.SequenceNumber,
    });
  });

  it('drops a repeated deduplication id for five minutes, even when the first message is gone', async () => {
    const first = await send('a', 'one', { MessageDeduplicationId: 'x' });
    await remove((await receive())[0]);
    await bed.clock.advance(299_999);
    await send('c', 'between');
    await remove((await receive())[0]);
    const second = await send('b', 'two', { MessageDeduplicationId: 'x' });
    expect(second).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
    expect(await receive()).toEqual([]);
    await bed.clock.advance(1);
    await send('a', 'three', { MessageDeduplicationId: 'x' });
    expect(bodies(await receive())).toEqual(['three']);
  });

  it('deduplicates per group when its scope says so', async () => {
    url = await bed.create('scoped.fifo', {
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    await send('a', 'a1', { MessageDeduplicationId: 'x' });
    await send('b', 'b1', { MessageDeduplicationId: 'x' });
    await send('b', 'b2', { MessageDeduplicationId: 'x' });
    expect(bodies(await receive())).toEqual(['a1', 'b1']);
  });

  it('deduplicates by content when it is told to', async () => {
    url = await bed.create('content.fifo', { ContentBasedDeduplication: 'true' });
    const without = { QueueUrl: url, MessageGroupId: 'a' };
    for (const MessageBody of ['same', 'same', 'other']) {
      await bed.client.send(new SendMessageCommand({ ...without, MessageBody }));
    }
    expect(bodies(await receive())).toEqual(['same', 'other']);
  });

  it.each([
    ['no group', { MessageGroupId: undefined }, 'must contain the parameter MessageGroupId'],
    ['no deduplication id', { MessageDeduplicationId: undefined }, 'ContentBasedDeduplication enabled'],
    ['a delay', { DelaySeconds: 5 }, 'not valid for this queue type'],
    ['a group with a space', { MessageGroupId: 'a b' }, 'MessageGroupId can only include'],
    ['a long group', { MessageGroupId: 'a'.repeat(129) }, '1 to 128 in length'],
  ])('refuses a message with %s', async (_, more, message) => {
    await expect(send('a', 'x', more as Partial<SendMessageCommandInput>)).rejects.toThrow(message);
  });

  it('applies its own delay to all messages', async () => {
    url = await bed.create('late.fifo', { DelaySeconds: '10' });
    await send('a', 'a1');
    await bed.clock.advance(9_999);
    await send('a', 'a2');
    expect(await receive()).toEqual([]);
    await bed.clock.advance(1);
    expect(bodies(await receive())).toEqual(['a1']);
  });

  it('keeps each group in order and out of two hands, whatever consumers do', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
      fc.record({ kind: fc.constantFrom('delete' as const, 'release' as const), nth: fc.nat({ max: 20 }) }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        run += 1;
        const queue = `p${run}.fifo`;
        bed.sqs.ensureQueues([{ name: queue, properties: { FifoQueue: true, VisibilityTimeout: 10 } }]);
        const model = new OrderModel(bed, queue);
        for (const step of steps) {
          if (step.kind === 'send') model.send(step.group);
          else if (step.kind === 'advance') await model.advance(step.ms);
          else if (step.kind === 'receive') await model.receive(step.max);
          else model.finish(step.kind, step.nth);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** A model of the queue: per group what is not deleted yet, in order, and until when each is held. */
class OrderModel {
  readonly #bed: SqsTestBed;
  readonly #queue: string;
  readonly #open = new Map<string, string[]>();
  readonly #held = new Map<string, { handle: string; untilMs: number }>();
  #count = 0;

  constructor(bed: SqsTestBed, queue: string) {
    this.#bed = bed;
    this.#queue = queue;
  }

  send(group: string): void {
    const body = `${group}${++this.#count}`;
    this.#bed.sqs.send(this.#queue, { body, groupId: group, deduplicationId: body, senderId: 'test' });
    this.#open.set(group, [...(this.#open.get(group) ?? []), body]);
  }

  async advance(ms: number): Promise<void> {
    await this.#bed.clock.advance(ms);
    for (const [body, { untilMs }] of this.#held) if (untilMs <= this.#bed.clock.now()) this.#held.delete(body);
  }

  async receive(max: number): Promise<void> {
    const locked = new Set([...this.#held.keys()].map((body) => body.charAt(0)));
    const received = await this.#bed.sqs.receive(this.#queue, { max });
    const free = [...this.#open].filter(([group]) => !locked.has(group));
    expect(received).toHaveLength(Math.min(max, free.flatMap(([, open]) => open).length));
    for (const [group, open] of this.#open) {
      const mine = received.map((message) => message.Body).filter((body) => body.startsWith(group));
      expect(mine).toEqual(locked.has(group) ? [] : open.slice(0, mine.length));
    }
    for (const { Body, ReceiptHandle } of received) {
      this.#held.set(Body, { handle: ReceiptHandle, untilMs: this.#bed.clock.now() + 10_000 });
    }
  }

  finish(kind: 'delete' | 'release', nth: number): void {
    const [body, holding] = [...this.#held][nth % Math.max(1, this.#held.size)] ?? [];
    if (body === undefined || !holding) return;
    this.#held.delete(body);
    if (kind === 'release') return this.#bed.sqs.changeVisibility(this.#queue, holding.handle, 0);
    this.#bed.sqs.delete(this.#queue, holding.handle);
    const group = body.charAt(0);
    this.#open.set(
      group,
      (this.#open.get(group) ?? []).filter((other) => other !== body),
    );
  }
}
