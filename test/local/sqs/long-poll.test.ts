import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqsTestBed, startSqs } from './sqs-test-bed.ts';

let bed: SqsTestBed;
let url: string;

beforeEach(async () => {
  bed = await startSqs();
  url = await bed.create('work');
});
afterEach(() => bed.stop());

const send = (MessageBody: string, more = {}) =>
  bed.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more }));

/** Starts a long poll and comes back once it waits. */
async function poll(options: { abortSignal?: AbortSignal; seconds?: number } = {}) {
  const before = bed.sqs.waitingReceives;
  const answer = bed.client.send(
    new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: options.seconds ?? 20 }),
    options.abortSignal ? { abortSignal: options.abortSignal } : {},
  );
  const waiting = { done: false, messages: answer.then((out) => out.Messages) };
  void waiting.messages.then(
    () => (waiting.done = true),
    () => (waiting.done = true),
  );
  await until(() => bed.sqs.waitingReceives > before);
  return waiting;
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

describe('a long poll', () => {
  it('ends with the message as soon as one is sent', async () => {
    const waiting = await poll();
    await send('hello');
    expect(await waiting.messages).toMatchObject([{ Body: 'hello' }]);
  });

  it('goes on for those who did not get the one message', async () => {
    const first = await poll();
    const second = await poll();
    await send('one');
    expect(await first.messages).toHaveLength(1);
    expect(second.done).toBe(false);
    expect(bed.sqs.waitingReceives).toBe(1);
    await send('two');
    expect(await second.messages).toMatchObject([{ Body: 'two' }]);
  });

  it('of the loser gets the message that the winner let time out', async () => {
    url = await bed.create('quick', { VisibilityTimeout: '5' });
    const winner = await poll();
    const loser = await poll();
    await send('one');
    await winner.messages;
    await bed.clock.advance(5_000);
    expect(await loser.messages).toMatchObject([{ Body: 'one' }]);
  });

  it('ends empty after its time, and not before', async () => {
    const waiting = await poll({ seconds: 5 });
    await bed.clock.advance(4_999);
    expect(bed.sqs.waitingReceives).toBe(1);
    await bed.clock.advance(1);
    expect(await waiting.messages).toBeUndefined();
  });

  it('gets a message when its visibility timeout or delay ends', async () => {
    await send('late', { DelaySeconds: 3 });
    const delayed = await poll();
    await bed.clock.advance(3_000);
    expect(await delayed.messages).toHaveLength(1);
    const again = await poll({ seconds: 20 });
    await bed.clock.advance(19_999);
    await bed.clock.advance(1);
    expect(await again.messages).toBeUndefined();
    const third = await poll({ seconds: 20 });
    await bed.clock.advance(10_000);
    expect(await third.messages).toMatchObject([{ Body: 'late' }]);
  });

  it('gets what another one received and did not delete in time', async () => {
    const first = await poll();
    const second = await poll();
    await send('one', { MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } } });
    await first.messages;
    const third = await poll({ seconds: 5 });
    await bed.client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: (await first.messages)?.[0]?.ReceiptHandle,
        VisibilityTimeout: 10,
      }),
    );
    await bed.clock.advance(10_000);
    expect(await second.messages).toMatchObject([{ Body: 'one' }]);
    expect(await third.messages).toBeUndefined();
  });

  it('gets the rest of a message group when what was in flight is deleted', async () => {
    url = await bed.create('q.fifo');
    await send('a1', { MessageGroupId: 'a', MessageDeduplicationId: '1' });
    await send('a2', { MessageGroupId: 'a', MessageDeduplicationId: '2' });
    const { Messages } = await bed.client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 1 }));
    const waiting = await poll();
    await bed.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: Messages?.[0]?.ReceiptHandle }));
    expect(await waiting.messages).toMatchObject([{ Body: 'a2' }]);
  });

  it('ends when the caller hangs up, and takes nothing', async () => {
    const hangUp = new AbortController();
    const waiting = await poll({ abortSignal: hangUp.signal });
    hangUp.abort();
    await expect(waiting.messages).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => bed.sqs.waitingReceives === 0);
    await send('hello');
    expect(bed.sqs.depth('work')).toMatchObject({ visible: 1, inFlight: 0 });
  });

  it('sets no timer beyond its own end while the queue is empty', async () => {
    await Promise.all(Array.from({ length: 20 }, () => poll()));
    expect(bed.clock.untilNext()).toBe(20_000);
  });
});
