import type { Template } from './template.ts';

/** Types whose replacement is a loss of data. */
const STATEFUL_TYPES: ReadonlySet<string> = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
]);

/** Logical id → type of everything in the template that holds data. */
export function statefulResources({ Resources }: Template): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Resources)
      .filter(([, { Type }]) => STATEFUL_TYPES.has(Type))
      .map(([id, { Type }]): [string, string] => [id, Type])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Differences between the template and the committed list, one sentence each. */
export function changedStatefulResources(
  template: Template,
  committed: Readonly<Record<string, string>>,
): readonly string[] {
  const actual = statefulResources(template);
  const gone = Object.keys(committed)
    .filter((id) => actual[id] !== committed[id])
    .map((id) => `${id} (${committed[id]}) is gone: a deploy would leave its data behind and begin with nothing`);
  const added = Object.keys(actual)
    .filter((id) => !(id in committed))
    .map((id) => `${id} (${actual[id]}) is not in the committed list: add it if it is new, not renamed`);
  return [...gone, ...added];
}
