import { type Resource, type Synthesized, shortId } from './synthesized.ts';

/** Shards are all alike: they are listed as one. */
const SHARD = /^(QueuesOutbound)\d+/;
const WIDTH = 116;

const nameOf = (logicalId: string): string => shortId(logicalId).replace(SHARD, '$1*');

const unique = (names: readonly string[]): string[] => [...new Set(names)].toSorted();

/** Breaks a list into lines that fit beside a diff. */
function wrapped(words: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of words) {
    if (line.length + word.length > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

/** All logical ids that a value refers to, and the asterisk of a policy for everything. */
function referencesIn(value: unknown): string[] {
  if (value === '*') return ['*'];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return String(inner).startsWith('AWS::') ? [] : [nameOf(String(inner))];
    if (key === 'Fn::GetAtt') return [nameOf(String((inner as unknown[])[0]))];
    return referencesIn(inner);
  });
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function grantsOf([id, { Properties }]: readonly [string, Resource]): string[] {
  const { Statement: statements } = Properties['PolicyDocument'] as { readonly Statement: readonly Statement[] };
  return [
    shortId(id).replace(/DefaultPolicy$/, ''),
    ...statements.flatMap(({ Action, Resource: resource }) => [
      ...wrapped([[Action].flat().join(' ')], '  '),
      ...wrapped(['on', ...unique(referencesIn(resource))], '    '),
    ]),
  ];
}

/** The stack on a page or three: what there is of each type, what each role may do, what rings. */
export function inventoryOf({ template }: Synthesized): string {
  const resources = Object.entries(template.Resources);
  const types = unique(resources.map(([, { Type }]) => Type));
  const lines = [
    ...types.flatMap((type) => {
      const ids = resources.filter(([, { Type }]) => Type === type).map(([id]) => id);
      return [`${type} ${ids.length}`, ...wrapped(unique(ids.map(nameOf)), '  ')];
    }),
    '',
    'What each role may do',
    ...resources.filter(([, { Type }]) => Type === 'AWS::IAM::Policy').flatMap(grantsOf),
    '',
    'Alarms',
    ...resources
      .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
      .map(([id, { Properties }]) => `${nameOf(id)}: ${String(Properties['AlarmDescription']).split('#')[1]}`),
  ];
  return `${lines.join('\n')}\n`;
}
