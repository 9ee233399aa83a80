import * as z from 'zod';
import { DeploymentLimitsSchema } from '#core/contracts/limits.ts';
import { DEFAULT_DELIVER_CALLS, DEFAULT_MESSAGE_DAYS, DEFAULT_MESSAGE_TTL_S, Env } from '#core/resource-names.ts';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);
const text = z.string().min(1);

/** What functions may be told by their environment. */
const MEMBERS = {
  accountsTable: text,
  sessionsTable: text,
  endpointsTable: text,
  deliveriesTable: text,
  answersTable: text,
  tasksTable: text,
  endpointStatesTable: text,
  backlogTable: text,
  limitsTable: text,
  jobsTable: text,
  templatesTable: text,
  mediaTable: text,
  mediaBucket: text,
  fetchMediaFunction: text,
  region: text,
  awsEndpoint: z.url().optional(),
  outboundQueueUrls: list.pipe(z.array(z.url()).min(1)),
  outboundDeadLetterQueueUrl: z.url(),
  eventsQueueUrl: z.url(),
  eventsDeadLetterQueueUrl: z.url(),
  bulkQueueUrl: z.url(),
  bulkDeadLetterQueueUrl: z.url(),
  secretsKeyId: text,
  retryStateMachineArn: text,
  recoveryStateMachineArn: text,
  replayStateMachineArn: text,
  failureTopicArn: text,
  deadDeliveriesQueueUrl: z.url(),
  deliverCalls: z.coerce.number().int().min(1).default(DEFAULT_DELIVER_CALLS),
  messageTtlS: z.coerce.number().int().min(1).default(DEFAULT_MESSAGE_TTL_S),
  messageRetentionDays: z.coerce.number().int().min(1).default(DEFAULT_MESSAGE_DAYS),
  limits: z
    .string()
    .transform((json): unknown => JSON.parse(json))
    .pipe(DeploymentLimitsSchema)
    .default({}),
  privateTargets: list.default([]),
  /** Names only: a session names its proxy, and nothing here dials it. */
  proxies: z
    .string()
    .transform((json): unknown => JSON.parse(json))
    .pipe(z.array(z.object({ name: text })))
    .transform((proxies) => proxies.map(({ name }) => name))
    .default([]),
  version: text.default('0.0.0'),
  errorTrackingDsn: z
    .url()
    .transform((dsn) => new URL(dsn))
    .optional(),
  logLevel: z
    .string()
    .default('info')
    .pipe(z.string().toUpperCase())
    .pipe(z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR'])),
} as const;

type Name = keyof typeof MEMBERS;
type Value<N extends Name> = z.output<(typeof MEMBERS)[N]>;

/**
 * Reads the named settings from the environment; the only reader of it in `functions/`.
 * @throws Error at the cold start, naming the first variable that is missing or wrong
 */
export function loadConfig<const N extends Name>(...names: readonly N[]): { readonly [K in N]: Value<K> } {
  const entries = names.map((name) => {
    const raw = process.env[Env[name]] || undefined;
    const parsed = MEMBERS[name].safeParse(raw);
    if (!parsed.success)
      throw new Error(`${Env[name]}: ${parsed.error.issues.map(({ message }) => message).join(', ')}`);
    return [name, parsed.data] as const;
  });
  return Object.fromEntries(entries) as { readonly [K in N]: Value<K> };
}
