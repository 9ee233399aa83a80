import { Fn } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Env } from '#core/resource-names.ts';
import type { Deployment } from '../config/deployment.ts';
import type { Data } from './data.ts';

export type Environment = Readonly<Record<string, string>>;

/** Which variable names each table. */
const TABLE_VARIABLES = {
  accounts: Env.accountsTable,
  sessions: Env.sessionsTable,
  endpoints: Env.endpointsTable,
  deliveries: Env.deliveriesTable,
  answers: Env.answersTable,
  tasks: Env.tasksTable,
  authState: Env.authStateTable,
  messages: Env.messagesTable,
  endpointStates: Env.endpointStatesTable,
  backlog: Env.backlogTable,
  limits: Env.limitsTable,
  jobs: Env.jobsTable,
  templates: Env.templatesTable,
  media: Env.mediaTable,
} as const satisfies Record<keyof Data['tables'], string>;

/** The variables that name the given tables. */
export function tableEnvironment(data: Data, ...names: readonly (keyof Data['tables'])[]): Environment {
  return Object.fromEntries(names.map((name) => [TABLE_VARIABLES[name], data.tables[name].tableName]));
}

/** URLs of the outbound queues in shard order. */
export const outboundEnvironment = (queues: readonly Queue[]): Environment => ({
  [Env.outboundQueueUrls]: Fn.join(
    ',',
    queues.map((queue) => queue.queueUrl),
  ),
});

/** What the deployment sets of the limits; nothing where it leaves all to the release. */
export const limitsEnvironment = ({ config: { limits } }: Deployment): Environment =>
  Object.keys(limits).length === 0 ? {} : { [Env.limits]: JSON.stringify(limits) };

/** What every program of ours is told. */
export const commonEnvironment = ({ config, version }: Deployment): Environment => ({
  [Env.version]: version,
  [Env.logLevel]: config.logLevel,
  ...(config.errorTrackingDsn === undefined
    ? {}
    : // A tracker of one's own may be at a private address.
      { [Env.errorTrackingDsn]: config.errorTrackingDsn, [Env.privateTargets]: config.privateTargets.join(',') }),
});
