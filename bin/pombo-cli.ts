import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { systemClock } from '../core/domain/clock.ts';
import { LOG_GROUP_TYPE } from '../lib/resource-types.ts';
import { deployedTarget, localTarget, type Target, UsageError } from './keys/target.ts';
import { DEAD_LETTERS_USAGE, deadLetters } from './operator/dead-letters.ts';
import { explain } from './operator/explain.ts';
import { renderJourney } from './operator/journey.ts';
import { insights, keptLogs, type LogSearch } from './operator/log-search.ts';
import { type Tables, trace } from './operator/trace.ts';

/** Looks into a Pombo: the way of a message, and what could not be done. */
const USAGE = `Usage: npm run pombo -- <command> [--data <folder> | --stack <name>]

  trace <wamid or event id> [--since 24h] [--json]
                          the way of a message with its times: accepted, sent, statuses, each webhook attempt
  dead-letters list | show <queue> [--body] | redrive <queue>
                          what could not be processed, and back to work with it
  help [dead-letters]

Without --stack it looks at the Pombo that "npm start" runs on this machine (its data folder is .pombo), with it at a
deployed one, with the credentials and the region of this shell. Logs of a deployed one are searched with CloudWatch Logs
Insights, which costs $0.005 for each GB between --since (30m, 24h, 7d) and now.`;

const OPTIONS = {
  stack: { type: 'string' },
  data: { type: 'string', default: '.pombo' },
  since: { type: 'string', default: '24h' },
  body: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Options = ReturnType<typeof parse>['values'];
const parse = () => parseArgs({ allowPositionals: true, options: OPTIONS });

async function main(): Promise<string> {
  const { values, positionals } = parse();
  const [command, ...words] = positionals;
  if (values.help || command === undefined || command === 'help')
    return words[0] === 'dead-letters' || command === 'dead-letters' ? DEAD_LETTERS_USAGE : USAGE;
  if (command === 'trace') return await runTrace(words[0] ?? '', values);
  if (command === 'dead-letters') return await deadLetters(await targetOf(values), words, values);
  throw new UsageError(USAGE);
}

const targetOf = async ({ stack, data }: Options): Promise<Target> =>
  stack === undefined ? localTarget(data) : await deployedTarget(stack);

async function runTrace(id: string, values: Options): Promise<string> {
  const nowMs = systemClock.now();
  const sinceMs = nowMs - durationOf(values.since);
  const { tables, logs, note } = await sourcesOf(values);
  const journey = await trace({ tables, logs, sinceMs, nowMs }, id);
  if (values.json)
    return JSON.stringify(journey, (_, value: unknown) => (value instanceof Uint8Array ? undefined : value));
  if (journey.lines.length === 0 && journey.deliveries.length === 0)
    throw new UsageError(`Nothing is known of ${id} in the last ${values.since}. Look further back: --since 7d${note}`);
  return `${renderJourney(journey)}${note}`;
}

interface Sources {
  readonly tables: Tables | undefined;
  readonly logs: LogSearch;
  /** What is missing, for the end of the output. */
  readonly note: string;
}

async function sourcesOf(values: Options): Promise<Sources> {
  const { stack, data } = values;
  if (stack !== undefined) {
    const target = await deployedTarget(stack);
    const logs = insights({ aws: target.aws, groups: await logGroups(stack), clock: systemClock });
    return { tables: tablesOf(target), logs, note: '' };
  }
  const logs = keptLogs(data);
  if (existsSync(path.join(data, 'logs')) && !existsSync(path.join(data, 'run.json'))) {
    return {
      tables: undefined,
      logs,
      note: '\n\nPombo does not run: its logs are shown, deliveries only while it runs.',
    };
  }
  return { tables: tablesOf(localTarget(data)), logs, note: '' };
}

function tablesOf({ dynamo, outputs }: Target): Tables {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new UsageError(`The stack has no output ${name}. Is it a Pombo of this release?`);
    return value;
  };
  return {
    dynamo,
    sessionsTable: output('SessionsTable'),
    endpointsTable: output('EndpointsTable'),
    deliveriesTable: output('DeliveriesTable'),
  };
}

/** Log groups of a stack; each part is called what its construct is. */
async function logGroups(StackName: string): Promise<ReadonlyMap<string, string>> {
  const groups = new Map<string, string>();
  const pages = paginateListStackResources({ client: new CloudFormationClient({}) }, { StackName });
  for await (const { StackResourceSummaries = [] } of pages) {
    for (const { ResourceType, PhysicalResourceId, LogicalResourceId = '' } of StackResourceSummaries) {
      if (ResourceType !== LOG_GROUP_TYPE || PhysicalResourceId === undefined) continue;
      groups.set(PhysicalResourceId, LogicalResourceId.replace(/(?:Logs)?[0-9A-F]{8}$/, ''));
    }
  }
  return groups;
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `24h`, `7d`. @returns milliseconds */
function durationOf(text: string): number {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  if (count === undefined) throw new UsageError('--since takes minutes, hours or days: 30m, 24h, 7d');
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

try {
  console.log(await main());
} catch (error) {
  console.error(explain(error, USAGE));
  process.exitCode = 1;
}
