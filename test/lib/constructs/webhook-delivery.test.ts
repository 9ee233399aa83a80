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

  it('retries by a machine that is valid Amazon States Language in JSONata, whose calls wait out a throttled function', () => {
    const { DefinitionString } = stack.only('AWS::StepFunctions::StateMachine', 'WebhookDeliveryWebhookRetry') as {
      DefinitionString: { 'Fn::Join': [string, (string | object)[]] };
    };
    const parts = DefinitionString['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x'));
    const definition = JSON.parse(parts.join('').replaceAll('arn:x:', 'arn:aws:')) as {
      QueryLanguage: string;
      States: Record<string, { readonly Resource?: string; readonly Retry?: readonly object[] }>;
    };
    expect(asl(definition as never).errorsText()).toBe('');
    expect(definition.QueryLanguage).toBe('JSONata');
    const calls = Object.values(definition.States).filter(({ Resource }) => Resource?.endsWith(':lambda:invoke'));
    expect(calls.length).toBeGreaterThan(0);
    for (const { Retry = [] } of calls)
      expect(Retry).toContainEqual(
        expect.objectContaining({ ErrorEquals: expect.arrayContaining(['Lambda.TooManyRequestsException']) }),
      );
  });
});
