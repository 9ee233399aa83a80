import {
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqsTestBed, START_MS, startSqs } from './sqs-test-bed.ts';

let bed: SqsTestBed;
const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

beforeEach(async () => {
  bed = await startSqs();
  const redrive = (name: string) => ({ deadLetterTargetArn: arn(name), maxReceiveCount: 2 });
  bed.sqs.ensureQueues([
    { name: 'work', properties: { VisibilityTimeout: 10, RedrivePolicy: redrive('dead') } },
    { name: 'work.fifo', properties: { FifoQueue: true, VisibilityTimeout: 10, RedrivePolicy: redrive('dead.fifo') } },
    { name: 'dead', properties: {} },
    { name: 'dead.fifo', properties: { FifoQueue: true } },
  ]);
});
afterEach(() => bed.stop());

const send = (queue: string, body: string, groupId?: string) =>
  bed.sqs.send(queue, { body, senderId: 'test', groupId, ...(groupId && { deduplicationId: body }) });
const drain = async (queue: string, max = 10) => {
  const messages = await bed.sqs.receive(queue, { max });
  return messages.map((message) => message.Body);
};
const startMove = (SourceArn: string, more = {}) =>
  bed.client.send(new StartMessageMoveTaskCommand({ SourceArn, ...more }));
const moves = async (SourceArn: string) => {
  const { Results } = await bed.client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }));
  return Results;
};

describe('a redrive policy', () => {
  it('moves a message to the dead-letter queue on the receive after the last allowed one', async () => {
    const { messageId } = send('work', 'poison');
    for (let receive = 0; receive < 2; receive++) {
      expect(await drain('work')).toEqual(['poison']);
      await bed.clock.advance(10_000);
    }
    expect(bed.sqs.depth('dead').visible).toBe(0);
    const moved = bed.sqs.next((event) => event.type === 'deadLettered');
    expect(await drain('work')).toEqual([]);
    expect(await moved).toEqual({ type: 'deadLettered', queue: 'work', messageId, to: 'dead' });
    const [message] = await bed.sqs.receive('dead', { max: 1 });
    expect(message).toMatchObject({
      MessageId: messageId,
      Body: 'poison',
      Attributes: {
        ApproximateReceiveCount: '3',
        DeadLetterQueueSourceArn: arn('work'),
        SentTimestamp: String(START_MS),
      },
    });
  });

  it('moves a poison message while a receive waits, and gives the receiver what lies behind', async () => {
    send('work', 'poison');
    await drain('work');
    await bed.clock.advance(10_000);
    await drain('work');
    const waiting = bed.sqs.receive('work', { max: 10, waitMs: 20_000 });
    const moved = bed.sqs.next((event) => event.type === 'deadLettered');
    await bed.clock.advance(10_000);
    await moved;
    send('work', 'good');
    expect((await waiting).map((message) => message.Body)).toEqual(['good']);
  });

  it('keeps order and group in a FIFO dead-letter queue, and lets the group go on', async () => {
    for (const body of ['a1', 'a2', 'a3']) send('work.fifo', body, 'a');
    for (let receive = 0; receive < 2; receive++) {
      expect(await drain('work.fifo', 2)).toEqual(['a1', 'a2']);
      await bed.clock.advance(10_000);
    }
    expect(await drain('work.fifo')).toEqual(['a3']);
    const dead = await bed.sqs.receive('dead.fifo', { max: 10 });
    expect(dead.map((message) => [message.Body, message.Attributes?.['MessageGroupId']])).toEqual([
      ['a1', 'a'],
      ['a2', 'a'],
    ]);
  });

  it('keeps the retention of a standard message running, and starts that of a FIFO message anew', async () => {
    bed.sqs.setAttributes('dead', { MessageRetentionPeriod: '60' });
    bed.sqs.setAttributes('dead.fifo', { MessageRetentionPeriod: '60' });
    send('work', 'std');
    send('work.fifo', 'fifo', 'a');
    for (let receive = 0; receive < 3; receive++) {
      await drain('work');
      await drain('work.fifo');
      await bed.clock.advance(10_000);
    }
    expect(bed.sqs.depth('dead').oldestAgeMs).toBe(10_000);
    await bed.clock.advance(30_000);
    expect(bed.sqs.depth('dead').visible).toBe(0);
    expect(bed.sqs.depth('dead.fifo').visible).toBe(1);
  });

  it('counts anew in the dead-letter queue, which may have one of its own', async () => {
    bed.sqs.ensureQueues([{ name: 'buried', properties: {} }]);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('buried'), maxReceiveCount: 2 });
    bed.sqs.setAttributes('dead', { RedrivePolicy, VisibilityTimeout: '10' });
    send('work', 'poison');
    for (let receive = 0; receive < 3; receive++) {
      await drain('work');
      await bed.clock.advance(10_000);
    }
    for (let receive = 0; receive < 2; receive++) {
      expect(await drain('dead')).toEqual(['poison']);
      await bed.clock.advance(10_000);
    }
    expect(await drain('dead')).toEqual([]);
    expect(await drain('buried')).toEqual(['poison']);
  });

  it('names the queues that send to a dead-letter queue', async () => {
    const { queueUrls } = await bed.client.send(
      new ListDeadLetterSourceQueuesCommand({ QueueUrl: bed.sqs.queueUrl('dead') }),
    );
    expect(queueUrls).toEqual([bed.sqs.queueUrl('work')]);
  });

  it.each([
    ['does not exist', arn('nowhere')],
    ['is of the other type', arn('dead.fifo')],
  ])('is refused when its target %s', async (_, deadLetterTargetArn) => {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await expect(
      bed.client.send(
        new SetQueueAttributesCommand({ QueueUrl: bed.sqs.queueUrl('work'), Attributes: { RedrivePolicy } }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});

describe('a message move task', () => {
  const poison = async (queue: string, count: number) => {
    for (let n = 0; n < count; n++) send(queue, `p${n}`, queue.endsWith('.fifo') ? 'g' : undefined);
    for (let receive = 0; receive < 3; receive++) {
      while ((await drain(queue)).length > 0);
      await bed.clock.advance(10_000);
    }
  };

  it('moves messages back to where they came from, as new ones', async () => {
    await poison('work', 12);
    expect(bed.sqs.depth('dead').visible).toBe(12);
    await startMove(arn('dead'));
    expect(bed.sqs.depth('dead').visible).toBe(0);
    expect(await moves(arn('dead'))).toMatchObject([
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 12, ApproximateNumberOfMessagesToMove: 12 },
    ]);
    const [message] = await bed.sqs.receive('work', { max: 1 });
    expect(message?.Attributes).toMatchObject({
      ApproximateReceiveCount: '1',
      SentTimestamp: String(bed.clock.now()),
    });
    expect(message?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
  });

  it('keeps the order of a FIFO queue', async () => {
    await poison('work.fifo', 3);
    expect(bed.sqs.depth('dead.fifo').visible).toBe(3);
    await startMove(arn('dead.fifo'));
    expect(await drain('work.fifo')).toEqual(['p0', 'p1', 'p2']);
  });

  it('moves no more a second than it is told to', async () => {
    await poison('work', 5);
    await startMove(arn('dead'), { MaxNumberOfMessagesPerSecond: 2 });
    expect(bed.sqs.depth('work').visible).toBe(2);
    await expect(startMove(arn('dead'))).rejects.toThrow('already a task running');
    await bed.clock.advance(1_000);
    expect(bed.sqs.depth('work').visible).toBe(4);
    await bed.clock.advance(1_000);
    expect(await moves(arn('dead'))).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 5 }]);
  });

  it('fails when it can not tell where a message came from', async () => {
    send('dead', 'sent directly');
    await startMove(arn('dead'));
    expect(await moves(arn('dead'))).toMatchObject([
      { Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' },
    ]);
    await startMove(arn('dead'), { DestinationArn: arn('work') });
    expect(await drain('work')).toEqual(['sent directly']);
  });

  it("is refused for a queue that is nobody's dead-letter queue", async () => {
    await expect(startMove(arn('work'))).rejects.toThrow('must be configured as a Dead Letter Queue');
    await expect(startMove(arn('nowhere'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
