import { DatabaseSync } from 'node:sqlite';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deadLetters } from '../../../bin/operator/dead-letters.ts';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

const EVENT = { endpointId: 'wh_1', event: { type: 'message', eventId: 'e1', wamid: 'wamid.A', content: 'segredo' } };

describe('npm run pombo -- dead-letters', () => {
  const clock = new VirtualClock(Date.parse('2026-11-20T10:00:00Z'));
  const sqsService: SqsService = new SqsService({
    clock,
    database: new DatabaseSync(':memory:'),
    endpoint: () => server.endpoint,
  });
  let server: Awaited<ReturnType<typeof startAwsServer>>;
  let sqs: SQSClient;
  let target: Parameters<typeof deadLetters>[0];

  beforeAll(async () => {
    server = await startAwsServer({ services: new Map([['sqs', sqsService]]), onDefect: console.error });
    const aws = {
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
    };
    sqs = new SQSClient(aws);
    const create = async (QueueName: string, Attributes = {}) =>
      (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
    const events = await create('events-dead');
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: events, AttributeNames: ['QueueArn'] }),
    );
    const work = await create('events', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1 }),
    });
    const outputs = {
      EventsDeadLetters: events,
      BulkDeadLetters: await create('bulk-dead'),
      OutboundDeadLetters: await create('outbound-dead'),
      DeadDeliveries: await create('dead-deliveries'),
      work,
    };
    target = { aws, outputs };
    for (const [QueueUrl, body] of [
      [outputs.work, EVENT],
      [outputs.BulkDeadLetters, 'broken'],
      [outputs.DeadDeliveries, { endpointDay: 'wh_1#2026-11-20', occurred: '1#e1', reason: 'exhausted' }],
      [outputs.DeadDeliveries, { endpointDay: 'wh_1#2026-11-20', occurred: '1#e2', reason: 'exhausted' }],
    ] as const)
      await sqs.send(
        new SendMessageCommand({ QueueUrl, MessageBody: typeof body === 'string' ? body : JSON.stringify(body) }),
      );
    // The second receive is one too many.
    for (let n = 0; n < 2; n++) await sqs.send(new ReceiveMessageCommand({ QueueUrl: work, VisibilityTimeout: 0 }));
  });
  afterAll(async () => {
    sqs.destroy();
    sqsService.close();
    await server.close();
  });

  const depth = async (QueueUrl: string) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })))
      .Attributes?.ApproximateNumberOfMessages;

  it('lists how many there are and why receivers did not take theirs', async () => {
    const text = await deadLetters(target, ['list'], { body: false });
    expect(text).toMatch(/^events +1 /m);
    expect(text).toMatch(/^bulk +1 /m);
    expect(text).toMatch(/^outbound +0 /m);
    expect(text).toMatch(/^deliveries +2 /m);
    expect(text).toContain('2 x  wh_1  2026-11-20  exhausted');
    expect(text).toContain('POST /replays');
  });

  it('shows ids, and content only where it was asked for', async () => {
    await clock.advance(10_000);
    const ids = await deadLetters(target, ['show', 'events'], { body: false });
    expect(ids).toBe('2026-11-20T10:00:00.000Z  type=message eventId=e1 messageId=wamid.A endpointId=wh_1');
    await clock.advance(10_000);
    expect(await deadLetters(target, ['show', 'events'], { body: true })).toContain('segredo');
    expect(await deadLetters(target, ['show', 'bulk'], { body: false })).toContain('problem=no JSON');
  });

  it('puts back what our faults stopped', async () => {
    await clock.advance(10_000);
    expect(await deadLetters(target, ['redrive', 'events'], { body: false })).toMatch(/^About 1 go back/);
    await clock.advance(10_000);
    expect(await depth(target.outputs['work'] ?? '')).toBe('1');
    expect(await deadLetters(target, ['redrive', 'events'], { body: false })).toBe('Nothing waits in events.');
  });

  it('shows why nobody could read one, and puts back what was put there by hand', async () => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: target.outputs['EventsDeadLetters'],
        MessageBody: '{}',
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'event: invalid_type' } },
      }),
    );
    expect(await deadLetters(target, ['show', 'events'], { body: false })).toContain('reason=event: invalid_type');
    await clock.advance(10_000);
    const before = Number(await depth(target.outputs['work'] ?? ''));
    await deadLetters(target, ['redrive', 'events'], { body: false });
    await clock.advance(10_000);
    expect(Number(await depth(target.outputs['work'] ?? ''))).toBe(before + 1);
  });

  it('sends what receivers did not take to the replay', async () => {
    await expect(deadLetters(target, ['redrive', 'deliveries'], { body: false })).rejects.toThrow('POST /replays');
  });

  it.each([[[]], [['show']], [['show', 'nonsense']], [['redrive', 'constructor']], [['nonsense', 'events']]])(
    'explains itself for %j',
    async (words) => {
      await expect(deadLetters(target, words, { body: false })).rejects.toThrow('dead-letters <command>');
    },
  );
});
