import { describe, expect, it } from 'vitest';
import { checkServiceCalls } from '../../../local/iam/service-calls.ts';
import { allow, arn, enforced, type Resources, role } from './iam-fixture.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy-Ab12Cd';
const PARAMETER = 'arn:aws:ssm:us-east-1:123456789012:parameter/proxy';
const taskWithSecrets = {
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      ExecutionRoleArn: arn('ExecutionRole'),
      ContainerDefinitions: [
        {
          Name: 'c',
          Image: 'public:1',
          Secrets: [
            { Name: 'A', ValueFrom: `${SECRET}:password::` },
            { Name: 'B', ValueFrom: PARAMETER },
          ],
        },
      ],
    },
  },
};

/** Faults that the start of this stack would name; empty when there are none. */
function faults(resources: Resources): string {
  const { iam, model } = enforced(resources);
  try {
    checkServiceCalls(model, iam);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('checkServiceCalls of secrets', () => {
  it.each<[string, Resources, RegExp]>([
    [
      'a task with secrets',
      {
        ...taskWithSecrets,
        ExecutionRole: role(
          'ecs-tasks',
          allow('secretsmanager:GetSecretValue', SECRET),
          allow('ssm:GetParameters', PARAMETER),
        ),
      },
      /^$/,
    ],
    [
      'a task whose secrets its execution role may not read',
      { ...taskWithSecrets, ExecutionRole: role('ecs-tasks') },
      /Task: .*secretsmanager:GetSecretValue on resource: .*proxy-Ab12Cd.*\nTask: .*ssm:GetParameters/i,
    ],
  ])('judges %s', (_what, resources, result) => {
    expect(faults(resources)).toMatch(result);
  });
});
