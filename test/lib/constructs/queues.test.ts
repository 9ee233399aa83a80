import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('Queues', () => {
  const DAYS_14 = 14 * 24 * 3600;

  it('makes one outbound queue per shard, all with one dead-letter queue', () => {
    const shards = [...stack.ofType('AWS::SQS::Queue')].filter(([id]) => /^QueuesOutbound\d/.test(id));
    expect(shards).toHaveLength(8);
    const [deadLetters] = [...stack.ofType('AWS::SQS::Queue').keys()].filter((id) =>
      id.startsWith('QueuesOutboundDead'),
    );
    for (const [, queue] of shards) {
      expect(queue).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        VisibilityTimeout: 30,
        MessageRetentionPeriod: DAYS_14,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] }, maxReceiveCount: 10 },
      });
    }
  });

  it.each([
    ['QueuesEventsQueue', true],
    ['QueuesBulkQueue', undefined],
  ])('gives %s six times the time of its function, and a dead-letter queue of its own', (id, fifo) => {
    const queue = stack.only('AWS::SQS::Queue', id);
    expect(queue).toMatchObject({
      VisibilityTimeout: 180,
      MessageRetentionPeriod: DAYS_14,
      RedrivePolicy: { maxReceiveCount: 20 },
    });
    expect(queue['FifoQueue']).toBe(fifo);
  });

  it('keeps messages for 14 days in every queue, dead or alive', () => {
    for (const queue of stack.ofType('AWS::SQS::Queue').values()) expect(queue['MessageRetentionPeriod']).toBe(DAYS_14);
  });
});

describe('QueueAlarms', () => {
  it('splits the ages of many shards over alarms of at most ten metrics', async () => {
    const many = await synthesized({ shards: 22 });
    const late = [...many.ofType('AWS::CloudWatch::Alarm')].filter(([id]) => id.includes('OutboundLate'));
    expect(late.map(([, { Metrics }]) => (Metrics as unknown[]).length - 1)).toEqual([10, 10, 2]);
  });
});
