import { beforeAll, describe, expect, it } from 'vitest';
import { Env } from '#core/resource-names.ts';
import { type Properties, type Synthesized, shortId, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const statementsOf = ({ PolicyDocument }: Properties): readonly Statement[] =>
  (PolicyDocument as { readonly Statement: readonly Statement[] }).Statement;

/** Everything that the policies of a role allow. */
function allowed(rolePrefix: string): string[] {
  const policies = [...stack.ofType('AWS::IAM::Policy').values()].filter((policy) =>
    JSON.stringify(policy['Roles']).includes(`"${rolePrefix}`),
  );
  return policies.flatMap((policy) => statementsOf(policy).flatMap(({ Action }) => Action)).toSorted();
}

describe('Replay', () => {
  it('is a Standard machine of its own that ends a job by a choice, waits between slices and gives up aloud', () => {
    const machine = stack.only('AWS::StepFunctions::StateMachine', 'ApiReplay');
    const definition = JSON.stringify(machine['DefinitionString']);
    expect(machine).toMatchObject({ StateMachineType: 'STANDARD' });
    for (const part of ['$states.input.done', '$states.input.waitSeconds', 'giveUp', 'ReplayFailed']) {
      expect(definition).toContain(part);
    }
  });

  it('may read deliveries, move its job on, queue, and begin its own next execution; nothing else', () => {
    const actions = new Set(allowed('ApiReplaySlice').filter((action) => !action.startsWith('logs:')));
    expect(actions).toEqual(
      new Set([
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        'sqs:SendMessage',
        'states:StartExecution',
      ]),
    );
  });

  it('lets the API begin it, and tells nobody else of it', () => {
    const told = [...stack.ofType('AWS::Lambda::Function')].filter(([, properties]) =>
      JSON.stringify(properties['Environment']).includes(Env.replayStateMachineArn),
    );
    expect(told.map(([id]) => shortId(id))).toEqual(['ApiDeliveries']);
  });
});
