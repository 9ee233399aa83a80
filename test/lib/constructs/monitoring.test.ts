import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, synthesized } from '../synthesized.ts';

describe('monitoring', () => {
  let stack: Synthesized;
  beforeAll(async () => {
    stack = await synthesized();
  });

  it('calls its function each minute and does not try a minute again', () => {
    expect(stack.only('AWS::Events::Rule', 'MonitoringEachMinute')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [expect.stringMatching(/^MonitoringQueueStats/), 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 0 },
        },
      ],
    });
  });

  it('ends before the next minute begins', () => {
    expect(Number(stack.only('AWS::Lambda::Function', 'MonitoringQueueStats')['Timeout'])).toBeLessThan(60);
  });
});
