import type { Template } from './template.ts';

/** Where the types that run our programs, or work for them, name their role. */
const ROLE_PROPERTIES: ReadonlyMap<string, string> = new Map([
  ['AWS::Lambda::Function', 'Role'],
  ['AWS::ECS::TaskDefinition', 'TaskRoleArn'],
  ['AWS::StepFunctions::StateMachine', 'RoleArn'],
]);

/** Programs and state machines without a role that is theirs alone, one sentence each. */
export function sharedRoles({ Resources }: Template): readonly string[] {
  const holders = new Map<string, string[]>();
  const faults: string[] = [];
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    const property = ROLE_PROPERTIES.get(Type);
    if (property === undefined) continue;
    const role = JSON.stringify(Properties[property]);
    if (role === undefined) faults.push(`${id} has no role`);
    else holders.set(role, [...(holders.get(role) ?? []), id]);
  }
  const shared = [...holders.values()].filter((ids) => ids.length > 1);
  return [...faults, ...shared.map((ids) => `${ids.join(', ')} share a role: each needs one of its own`)];
}
