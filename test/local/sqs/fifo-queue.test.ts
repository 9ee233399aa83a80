import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
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
        await checkOrder(bed, queue, steps);
      }),
      { numRuns: 60 },
    );
  });
});

type OrderStep =
  | { kind: 'send'; group: string }
  | { kind: 'receive'; max: number }
  | { kind: 'delete' | 'release'; nth: number }
  | { kind: 'advance'; ms: number };

/** A model of the queue: per group what is not deleted yet, in order, and until when each is held. */
async function checkOrder({ sqs, clock }: SqsTestBed, queue: string, steps: OrderStep[]): Promise<void> {
  const waiting = new Map<string, string[]>();
  const held = new Map<string, { handle: string; untilMs: number }>();
  let count = 0;
  for (const step of steps) {
    if (step.kind === 'send') {
      const body = `${step.group}${++count}`;
      sqs.send(queue, { body, groupId: step.group, deduplicationId: body, senderId: 'test' });
      waiting.set(step.group, [...(waiting.get(step.group) ?? []), body]);
    } else if (step.kind === 'advance') {
      await clock.advance(step.ms);
      for (const [body, { untilMs }] of held) if (untilMs <= clock.now()) held.delete(body);
    } else if (step.kind === 'receive') {
      const locked = new Set([...held.keys()].map((body) => body.charAt(0)));
      const received = (await sqs.receive(queue, { max: step.max })).map((message) => message);
      for (const [group, open] of waiting) {
        const mine = received.filter((message) => message.Body.startsWith(group));
        if (locked.has(group)) expect(mine).toEqual([]);
        expect(mine.map((message) => message.Body)).toEqual(open.slice(0, mine.length));
      }
      const available = [...waiting].filter(([group]) => !locked.has(group)).flatMap(([, open]) => open);
      expect(received).toHaveLength(Math.min(step.max, available.length));
      for (const { Body, ReceiptHandle } of received) {
        held.set(Body, { handle: ReceiptHandle, untilMs: clock.now() + 10_000 });
      }
    } else {
      const [body, holding] = [...held][step.nth % Math.max(1, held.size)] ?? [];
      if (body === undefined || !holding) continue;
      held.delete(body);
      if (step.kind === 'release') sqs.changeVisibility(queue, holding.handle, 0);
      else {
        sqs.delete(queue, holding.handle);
        waiting.set(
          body.charAt(0),
          (waiting.get(body.charAt(0)) ?? []).filter((other) => other !== body),
        );
      }
    }
  }
}
