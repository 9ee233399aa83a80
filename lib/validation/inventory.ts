import { LOG_GROUP_TYPE } from '../resource-types.ts';
import type { Template } from './template.ts';

/** Readers know a page or three; nobody reads a snapshot of a template. */
const MAX_LINES = 240;
const WIDTH = 116;
/** Shards are all alike: they are listed as one. */
const SHARD = /^(QueuesOutbound)\d+/;
/** The CDK ends logical ids with a hash. */
const HASH = /[0-9A-F]{8}$/;

/** Types whose resources follow from others, or are named in the lists below: their number says enough. */
const COUNTED_ONLY: ReadonlySet<string> = new Set([
  'AWS::CloudWatch::Alarm',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::ApiGatewayV2::Integration',
  'AWS::Lambda::Permission',
  LOG_GROUP_TYPE,
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

const nameOf = (logicalId: string): string => logicalId.replace(HASH, '').replace(SHARD, '$1*');

const sortedSet = (names: readonly string[]): string[] => [...new Set(names)].toSorted();

/** Breaks a list into lines that fit beside a diff. */
function wrapped(words: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of words) {
    if (line.length + word.length > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = `${indent}  `;
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

interface PolicyDocument {
  readonly Statement: readonly Statement[];
}

type Resource = Template['Resources'][string];

function grantsOf([id, { Properties }]: readonly [string, Resource]): string[] {
  const { Statement: statements } = Properties['PolicyDocument'] as PolicyDocument;
  const holder = nameOf(id).replace(/DefaultPolicy$/, '');
  const ownLogs = `${holder.replace(/ServiceRole$/, '')}Logs`;
  // That each function writes its own log goes without saying; another's would not.
  const told = statements.filter(({ Resource: resource }) => referencesIn(resource).join() !== ownLogs);
  return [
    holder,
    ...grantsByResource(told).flatMap(([actions, resources]) => wrapped([...actions, 'on', ...resources], '  ')),
  ];
}

/** What a role may do with each resource, whatever statements say it, and resources with which it may do the same together. */
function grantsByResource(statements: readonly Statement[]): (readonly [readonly string[], readonly string[]])[] {
  const actionsOn = new Map<string, string[]>();
  for (const { Action, Resource: resource } of statements) {
    const names = referencesIn(resource);
    // A resource of the CDK's own, such as the repository of images, has no name here.
    for (const name of names.length > 0 ? names : ['']) {
      actionsOn.set(name, sortedSet([...(actionsOn.get(name) ?? []), ...[Action].flat()]));
    }
  }
  const together = Map.groupBy(actionsOn.keys(), (name) => actionsOn.get(name)?.join(' ') ?? '');
  return [...together].map(([actions, names]) => [actions.split(' '), sortedSet(names)] as const);
}

/** The stack on a page or three: what there is of each type, what each role may do, what rings. */
export function inventoryOf({ Resources }: Template): string {
  const resources = Object.entries(Resources);
  const types = sortedSet(resources.map(([, { Type }]) => Type));
  const lines = [
    ...types.flatMap((type) => {
      const ids = resources.filter(([, { Type }]) => Type === type).map(([id]) => id);
      const names = sortedSet(ids.map(nameOf));
      if (ids.length === 1) return [`${type}: ${names.join()}`];
      return [`${type} ${ids.length}`, ...(COUNTED_ONLY.has(type) ? [] : wrapped(names, '  '))];
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

/** Lines that the template's inventory has more or less than the committed one, and an inventory that nobody would read. */
export function inventoryChanges(template: Template, committed: string): readonly string[] {
  const actual = inventoryOf(template);
  const lines = actual.split('\n');
  const tooLong = lines.length > MAX_LINES ? [`has ${lines.length} lines, more than ${MAX_LINES}`] : [];
  if (actual === committed) return tooLong;
  const before = committed.split('\n');
  return [
    ...tooLong,
    'is not what the stack has; if the change is meant, run: npm run inventory',
    ...before.filter((line) => !lines.includes(line)).map((line) => `- ${line}`),
    ...lines.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}
