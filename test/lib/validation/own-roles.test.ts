import { describe, expect, it } from 'vitest';
import { sharedRoles } from '../../../lib/validation/own-roles.ts';

const role = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const lambda = (id: string) => ({ Type: 'AWS::Lambda::Function', Properties: { Role: role(id) } });

describe('sharedRoles', () => {
  it('is empty when each has a role of its own, whatever else a template holds', () => {
    const Task = { Type: 'AWS::ECS::TaskDefinition', Properties: { TaskRoleArn: role('C') } };
    const Queue = { Type: 'AWS::SQS::Queue', Properties: {} };
    expect(sharedRoles({ Resources: { A: lambda('A1'), B: lambda('B1'), Task, Queue } })).toEqual([]);
  });

  it('names those that share one, and those that have none', () => {
    const Machine = { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn: role('A1') } };
    const Task = { Type: 'AWS::ECS::TaskDefinition', Properties: {} };
    expect(sharedRoles({ Resources: { A: lambda('A1'), B: lambda('B1'), Machine, Task } })).toEqual([
      'Task has no role',
      'A, Machine share a role: each needs one of its own',
    ]);
  });
});
