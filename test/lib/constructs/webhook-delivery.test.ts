import asl from 'asl-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('WebhookDelivery', () => {
  it('feeds the deliver function from both lanes in batches of ten, three at a time', () => {
    const mappings = [...stack.ofType('AWS::Lambda::EventSourceMapping')].filter(([id]) =>
      id.startsWith('WebhookDelivery'),
    );
    expect(mappings).toHaveLength(2);
    for (const [, mapping] of mappings) {
      expect(mapping).toMatchObject({
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 3 },
      });
    }
  });

  it('retries in one JSONata state that is valid Amazon States Language', () => {
    const { DefinitionString } = stack.only('AWS::StepFunctions::StateMachine') as {
      DefinitionString: { 'Fn::Join': [string, (string | object)[]] };
    };
    const parts = DefinitionString['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x'));
    const definition = JSON.parse(parts.join('').replace('arn:x:', 'arn:aws:')) as {
      QueryLanguage: string;
      States: object;
    };
    expect(asl(definition as never).errorsText()).toBe('');
    expect(definition.QueryLanguage).toBe('JSONata');
    expect(Object.values(definition.States)).toEqual([
      expect.objectContaining({
        Resource: 'arn:aws:states:::lambda:invoke',
        Retry: expect.arrayContaining([
          {
            ErrorEquals: ['DeliveryFailed'],
            IntervalSeconds: 5,
            BackoffRate: 2,
            MaxDelaySeconds: 3600,
            MaxAttempts: 32,
          },
          {
            ErrorEquals: ['Lambda.TooManyRequestsException'],
            IntervalSeconds: 1,
            BackoffRate: 2,
            MaxDelaySeconds: 60,
            MaxAttempts: 2880,
            JitterStrategy: 'FULL',
          },
        ]),
      }),
    ]);
  });
});
