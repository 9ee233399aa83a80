import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, synthesized } from './synthesized.ts';

/** CloudFormation's limit for a stack. */
const MAX_RESOURCES = 500;
/** Lambda's limit for all variables of a function. */
const ENVIRONMENT_BYTES = 4096;

/** Bytes of a value once CloudFormation has put names in: `<stack>-<logical id>-<13 characters>`, for a queue its URL. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + lengthOf(inner), value.length);
  return Object.entries(value as object).reduce((sum, [key, inner]) => {
    if (key === 'Ref')
      return sum + `https://sqs.ap-southeast-2.amazonaws.com/123456789012/Pombo--.fifo${inner}`.length + 13;
    return sum + (key.startsWith('Fn::') ? 0 : key.length) + lengthOf(inner);
  }, 0);
}

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('PomboStack', () => {
  it('leaves an overview of outputs for people and tools', () => {
    expect(Object.keys(stack.template.Outputs)).toEqual([
      'ApiUrl',
      'AccountsTable',
      'SessionsTable',
      'EndpointsTable',
      'DeliveriesTable',
      'EventsDeadLetters',
      'BulkDeadLetters',
      'OutboundDeadLetters',
      'DeadDeliveries',
      'MediaBucket',
      'RetryStateMachine',
      'PomboVersion',
    ]);
  });

  it('gives no resource a physical name, so that two stacks fit into one account', () => {
    const nameProperties = [
      'QueueName',
      'TableName',
      'BucketName',
      'FunctionName',
      'TopicName',
      'RoleName',
      'LogGroupName',
    ];
    const named = Object.entries(stack.template.Resources).filter(
      ([, { Type, Properties }]) =>
        !['AWS::Lambda::Permission', 'AWS::Lambda::EventSourceMapping'].includes(Type) &&
        Object.keys(Properties ?? {}).some((key) => nameProperties.includes(key)),
    );
    expect(named.map(([id]) => id)).toEqual([]);
  });

  it('stays below 500 resources and 4 KB of environment with the most shards that there may be', async () => {
    const largest = await synthesized({ shards: 22 });
    expect(Object.keys(largest.template.Resources).length).toBeLessThan(MAX_RESOURCES);
    const bytes = [...largest.ofType('AWS::Lambda::Function').values()].map(({ Environment }) => lengthOf(Environment));
    expect(Math.max(...bytes)).toBeGreaterThan(22 * 'https://sqs.us-east-1.amazonaws.com/'.length);
    expect(Math.max(...bytes)).toBeLessThan(ENVIRONMENT_BYTES);
  });
});

describe('OperationsDashboard', () => {
  it('begins with the business: sent, received, delivered, sessions open', () => {
    const body = JSON.stringify(stack.only('AWS::CloudWatch::Dashboard'));
    const names = [...body.matchAll(/\\"Pombo\\",\\"(\w+)\\"/g)].map(([, name]) => name);
    expect(names.slice(0, 4)).toEqual(['MessageSent', 'MessageReceived', 'WebhookDelivered', 'SessionsOpen']);
  });
});
