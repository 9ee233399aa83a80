import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import {
  DEFAULT_CONNECT_ATTEMPTS,
  DEFAULT_MESSAGE_DAYS,
  DEFAULT_MESSAGE_TTL_S,
  DEFAULT_SEND_ATTEMPTS,
  DEFAULT_SEND_RETRY_DELAY_MS,
  FEWEST_MESSAGE_DAYS,
} from '#core/resource-names.ts';
import { LimitsSchema } from './limits-config.ts';
import { NetworkSchema } from './network-config.ts';
import { ProxiesSchema, ProxySchema } from './proxy-config.ts';
import { FARGATE_MEMORY, heapMemoryOf, LEAST_HEAP_MIB } from './task-size.ts';

/** SHARDS may only grow, and 22 queues are what 4 KB of environment leave room for (the Graph function has the most of it). */
const MAX_SHARDS = 22;

/** Further ones would have no shard: each is owned by one task. */
const MAX_TASKS = 100;

/** What waits in SQS is gone after 14 days. */
const MAX_MESSAGE_TTL_S = 14 * 86_400;

const OriginSchema = z.union([
  z.literal('*'),
  z.string().regex(/^https?:\/\/[^/\s]+$/, 'an origin is a scheme and a host, without a path'),
]);

/** Long enough for every dispute; what is older is the business of an archive. */
const MAX_MESSAGE_DAYS = 3_650;

/** A DSN is an address with a user and a path that ends in a project's number. */
const isDsn = (text: string): boolean => {
  const { username, pathname } = new URL(text);
  return username !== '' && /\/\d+$/.test(pathname);
};

const CidrSchema = z.union([z.cidrv4(), z.cidrv6()]);

const DomainSchema = z.strictObject({
  /** Name that clients call, for example `whatsapp.example.com`. */
  name: z.hostname(),
  /** Certificate of that name in ACM, in the region of the stack. */
  certificateArn: z
    .string()
    .regex(/^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, 'the ARN of a certificate in ACM'),
});

/**
 * Every choice that a deployment has, with its default. Comes from CDK context (`-c shards=12`, or `context` in
 * cdk.json) and from the JSON file that POMBO_CONFIG names; context wins.
 */
export const DeploymentConfigSchema = z
  .strictObject({
    /** Outbound queues; may grow later, never shrink. */
    shards: z.int().min(1).max(MAX_SHARDS).default(8),
    /** Connector tasks that ECS keeps running; the fewest, where `maxTaskCount` is more. */
    taskCount: z.int().min(1).max(MAX_TASKS).default(1),
    /** Most tasks that ECS may run when CPU or memory ask for it; left out: always `taskCount`. */
    maxTaskCount: z.int().min(1).max(MAX_TASKS).optional(),
    /** CPU units of a task: 1,024 are one vCPU. */
    taskCpu: z.int().default(256),
    /** Memory of a task, MiB. */
    taskMemoryMiB: z.int().default(512),
    /** Most of a task's memory that rows of the ledger may take, MiB; left out: half of what the program leaves. */
    ledgerMemoryMiB: z.int().min(16).optional(),
    /** Where the connector's tasks run. */
    network: NetworkSchema.default({ kind: 'public' }),
    /** Gets a mail for each alarm; AWS asks it to confirm first. */
    failureEmail: z.email().optional(),
    /** Origins that browsers may call the API from; empty: none. */
    allowedOrigins: z.array(OriginSchema).default([]),
    /** CIDRs that webhook URLs may reach although they are private (D11). */
    privateTargets: z.array(CidrSchema).default([]),
    /** A name of your own for the API, beside the one that API Gateway gives. */
    domain: DomainSchema.optional(),
    /**
     * Key of yours, by ARN, in the same account and region; tables, media, queues, topic and logs are encrypted under it.
     * docs/deployment.md has the policy that it needs. Webhook secrets keep a key of their own.
     */
    customerKeyArn: z
      .string()
      .regex(/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/([0-9a-f-]{36}|mrk-[0-9a-f]{32})$/, 'the ARN of a KMS key')
      .optional(),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    /** Days; CloudWatch Logs accepts these numbers and no others. */
    logRetentionDays: z.enum(RetentionDays).default(RetentionDays.ONE_MONTH),
    /** Days that message rows are kept: replies, reactions and retries reach back this far (D3). */
    messageRetentionDays: z.int().min(FEWEST_MESSAGE_DAYS).max(MAX_MESSAGE_DAYS).default(DEFAULT_MESSAGE_DAYS),
    /** How long an accepted message waits for its session where it does not say so itself, seconds; the queue keeps it no longer. */
    messageTtlSeconds: z.int().min(1).max(MAX_MESSAGE_TTL_S).default(DEFAULT_MESSAGE_TTL_S),
    /** Failed connections in a row after which a session stops. */
    connectAttempts: z.int().min(1).max(100_000).default(DEFAULT_CONNECT_ATTEMPTS),
    /** How often a message goes out on an open line without an acknowledgement before it has failed. */
    sendAttempts: z.int().min(1).max(20).default(DEFAULT_SEND_ATTEMPTS),
    /** Between two of those, milliseconds. */
    sendRetryDelayMs: z.int().min(0).max(60_000).default(DEFAULT_SEND_RETRY_DELAY_MS),
    /** Buttons and lists as WhatsApp's own where a message does not say so itself, and not as a text with numbers. */
    nativeButtons: z.boolean().default(false),
    /** WhatsApp Web's version to log in as, `2.3000.1234`; left out: the one that this release brings. */
    whatsappVersion: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, 'a version is three numbers, such as 2.3000.1234')
      .optional(),
    /** Proxies that sessions may name. */
    proxies: ProxiesSchema.default([]),
    /** Where unexpected errors are reported to, in Sentry's protocol: `https://<public key>@<host>/<project>`. */
    errorTrackingDsn: z
      .url({ protocol: /^https$/ })
      .refine(isDsn, 'must look like https://<public key>@<host>/<project>')
      .optional(),
    /** Token buckets of the API; what is left out is as the release says, 0 is off. */
    limits: LimitsSchema.default({}),
    /** Requests a second that the gateway lets through, all callers together. */
    apiRateLimit: z.int().min(1).default(500),
    apiBurstLimit: z.int().min(1).default(1_000),
    /** Batches of webhooks in flight in each of the two lanes; a new AWS account runs ten functions at once in all. */
    deliverConcurrency: z.int().min(2).max(1_000).default(3),
  })
  .refine(({ taskCpu }) => taskCpu in FARGATE_MEMORY, {
    path: ['taskCpu'],
    error: `must be one of ${Object.keys(FARGATE_MEMORY).join(', ')}`,
  })
  .refine(
    ({ taskCpu, taskMemoryMiB }) => {
      const range = FARGATE_MEMORY[taskCpu];
      return !range || (taskMemoryMiB >= range.min && taskMemoryMiB <= range.max);
    },
    { path: ['taskMemoryMiB'], error: 'Fargate does not offer this memory with this taskCpu' },
  )
  .refine((config) => heapMemoryOf(config) >= LEAST_HEAP_MIB, {
    path: ['ledgerMemoryMiB'],
    error: 'leaves the program too little of taskMemoryMiB',
  })
  .refine(({ taskCount, maxTaskCount = taskCount }) => maxTaskCount >= taskCount, {
    path: ['maxTaskCount'],
    error: 'is the most, and taskCount is the least',
  });
export type DeploymentConfig = Readonly<z.output<typeof DeploymentConfigSchema>>;

/** Names that are known at a place in the configuration. */
function knownAt(path: readonly PropertyKey[], values: Readonly<Record<string, unknown>>): readonly string[] {
  const [option] = path;
  if (option === undefined) return Object.keys(DeploymentConfigSchema.shape);
  if (option === 'domain') return Object.keys(DomainSchema.shape);
  if (option === 'limits') return Object.keys(LimitsSchema.shape);
  if (option === 'proxies') return Object.keys(ProxySchema.shape);
  const kind = (values['network'] as { kind?: unknown } | undefined)?.kind;
  return NetworkSchema.options
    .filter(({ shape }) => shape.kind.value === kind)
    .flatMap(({ shape }) => Object.keys(shape));
}

function explain(issue: z.core.$ZodIssue, values: Readonly<Record<string, unknown>>): string {
  if (issue.code !== 'unrecognized_keys') return `${issue.path.join('.')}: ${issue.message}`;
  const names = issue.keys.map((key) => [...issue.path, key].join('.'));
  return `unknown option ${names.join(', ')}; known options: ${knownAt(issue.path, values).join(', ')}`;
}

/** A deployment's configuration that can't be used; the message says what to change. */
export class DeploymentConfigError extends Error {
  override readonly name = 'DeploymentConfigError';
}

/**
 * Reads a configuration given as values of any origin.
 * @throws DeploymentConfigError naming each wrong value, and for an unknown key the list of known ones.
 */
export function parseDeploymentConfig(values: Readonly<Record<string, unknown>>): DeploymentConfig {
  const parsed = DeploymentConfigSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => explain(issue, values));
  throw new DeploymentConfigError(`The deployment configuration can't be used:\n  ${lines.join('\n  ')}`);
}

/** CDK context arrives as text from the command line (`-c shards=12`); everything that is JSON is read as JSON. */
function contextValue(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * Picks the deployment's options out of a CDK context. The CDK's own keys (feature flags, lookups) contain a colon; a key
 * without one is ours, so a misspelt option is an error and not silence.
 */
export function optionsFromContext(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(context)
      .filter(([key]) => !key.includes(':'))
      .map(([key, value]) => [key, contextValue(value)]),
  );
}
