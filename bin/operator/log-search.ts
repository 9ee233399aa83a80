import path from 'node:path';
import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  type ResultField,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type Clock, sleep } from '../../core/domain/clock.ts';
import { readLogFile } from '../../local/logs/log-file.ts';
import { parseLogLine } from '../../local/logs/log-line.ts';
import { type AwsConfig, UsageError } from '../keys/target.ts';
import type { TimedLine } from './journey.ts';

/** Finds what the logs say about messages and events. */
export interface LogSearch {
  /** Lines that name one of the ids, oldest first. @param sinceMs milliseconds since the epoch */
  find(ids: readonly string[], sinceMs: number): Promise<readonly TimedLine[]>;
}

/** The lines that `npm start` keeps in its data folder, while it runs and afterwards. */
export function keptLogs(dataFolder: string): LogSearch {
  return {
    async find(ids, sinceMs) {
      const wanted = new Set<unknown>(ids);
      const names = ({ fields }: TimedLine): boolean =>
        wanted.has(fields['messageId']) || wanted.has(fields['eventId']);
      return readLogFile(path.join(dataFolder, 'logs')).filter((line) => line.atMs >= sinceMs && names(line));
    },
  };
}

/** Insights takes this many log groups in one query (CloudWatch Logs quota). */
const MOST_GROUPS = 50;
const MOST_LINES = 1000;
const LOOK_MS = 500;
const GIVEN_UP_AFTER_MS = 90_000;

/** CloudWatch Logs Insights over all log groups of a stack. @param groups part of Pombo by name of its log group */
export function insights(options: {
  readonly aws: AwsConfig;
  readonly groups: ReadonlyMap<string, string>;
  readonly clock: Clock;
}): LogSearch {
  const { aws, clock, groups } = options;
  const logs = new CloudWatchLogsClient(aws);
  const resultsOf = async (queryId: string): Promise<readonly ResultField[][]> => {
    const deadlineMs = clock.monotonic() + GIVEN_UP_AFTER_MS;
    while (clock.monotonic() < deadlineMs) {
      const { status, results = [] } = await logs.send(new GetQueryResultsCommand({ queryId }));
      if (status === 'Complete') return results;
      if (status !== 'Scheduled' && status !== 'Running') throw new UsageError(`CloudWatch Logs says: ${status}.`);
      await sleep(clock, LOOK_MS);
    }
    throw new UsageError('CloudWatch Logs did not answer in time. Look back less: --since 1h');
  };
  return {
    async find(ids, sinceMs) {
      const { queryId = '' } = await logs.send(
        new StartQueryCommand({
          logGroupNames: [...groups.keys()].slice(0, MOST_GROUPS),
          startTime: Math.floor(sinceMs / 1000),
          endTime: Math.ceil(clock.now() / 1000),
          queryString: queryFor(ids),
          limit: MOST_LINES,
        }),
      );
      const rows = await resultsOf(queryId);
      return rows.map((row) => lineOf(row, groups)).toSorted((a, b) => a.atMs - b.atMs);
    },
  };
}

/** Ids are base64url or hex and need no quoting of their own. */
const queryFor = (ids: readonly string[]): string =>
  [
    'fields @timestamp, @message, @log',
    `filter ${ids.map((id) => `@message like "${id}"`).join(' or ')}`,
    'sort @timestamp asc',
  ].join(' | ');

function lineOf(row: readonly ResultField[], groups: ReadonlyMap<string, string>): TimedLine {
  const value = (name: string): string => row.find(({ field }) => field === name)?.value ?? '';
  // `@log` is the account's number, a colon and the group.
  const group = value('@log').replace(/^\d+:/, '');
  const atMs = Date.parse(`${value('@timestamp').replace(' ', 'T')}Z`);
  return { atMs, ...parseLogLine(groups.get(group) ?? group, value('@message').trim()) };
}
