import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('Failures', () => {
  it('tells an e-mail address if there is one', async () => {
    expect(stack.ofType('AWS::SNS::Subscription').size).toBe(0);
    const told = await synthesized({ failureEmail: 'ops@example.com' });
    expect([...told.ofType('AWS::SNS::Subscription').values()]).toMatchObject([
      { Protocol: 'email', Endpoint: 'ops@example.com' },
    ]);
  });

  it('lets alarms of this account publish', () => {
    expect(JSON.stringify(stack.only('AWS::SNS::TopicPolicy'))).toContain('cloudwatch.amazonaws.com');
    for (const alarm of stack.ofType('AWS::CloudWatch::Alarm').values()) expect(alarm['AlarmActions']).toHaveLength(1);
  });
});
