import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { DEFAULT_MESSAGE_DAYS } from '#core/resource-names.ts';

/** SHARDS may only grow, and 24 queues are what 4 KB of environment and 500 resources a stack leave room for (design: words, "shard"). */
const MAX_SHARDS = 24;

/** CPU units of a Fargate task and the memory, MiB, that AWS allows with each (Fargate task size table). */
const FARGATE_MEMORY: Readonly<Record<number, { readonly min: number; readonly max: number }>> = {
  256: { min: 512, max: 2_048 },
  512: { min: 1_024, max: 4_096 },
  1_024: { min: 2_048, max: 8_192 },
  2_048: { min: 4_096, max: 16_384 },
  4_096: { min: 8_192, max: 30_720 },
};

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

/** EC2's ids end in 8 hex digits, newer ones in 17. */
const resourceId = (kind: string): RegExp => new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`);

/** One network for the connector, of three kinds. */
const NetworkSchema = z.discriminatedUnion('kind', [
  /** A VPC of its own with public subnets: no NAT gateway, the address changes with each task. */
  z.strictObject({ kind: z.literal('public') }),
  /** A VPC of its own with private subnets behind one NAT gateway, so that WhatsApp always sees the same address. */
  z.strictObject({
    kind: z.literal('nat'),
    /** An Elastic IP that you have; left out, the stack makes one and keeps it when it is deleted. */
    allocationId: z.string().regex(resourceId('eipalloc')).optional(),
  }),
  /** Subnets that you have. They need a way to WhatsApp, DynamoDB, SQS, CloudWatch Logs and ECR. */
  z
    .strictObject({
      kind: z.literal('existing'),
      vpcId: z.string().regex(resourceId('vpc')),
      subnetIds: z.array(z.string().regex(resourceId('subnet'))).min(1),
      /** One per subnet, in the same order. */
      availabilityZones: z.array(z.string().min(1)).min(1),
      /** True for public subnets, which reach nothing without an address of the task's own. */
      assignPublicIp: z.boolean().default(false),
    })
    .refine(({ subnetIds, availabilityZones }) => subnetIds.length === availabilityZones.length, {
      path: ['availabilityZones'],
      error: 'one per subnet, in the same order',
    }),
]);
export type NetworkConfig = Readonly<z.output<typeof NetworkSchema>>;

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
    /** Connector tasks that ECS keeps running. */
    taskCount: z.int().min(1).max(100).default(1),
    /** CPU units of a task: 1,024 are one vCPU. */
    taskCpu: z.int().default(256),
    /** Memory of a task, MiB. */
    taskMemoryMiB: z.int().default(512),
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
    messageRetentionDays: z.int().min(1).max(MAX_MESSAGE_DAYS).default(DEFAULT_MESSAGE_DAYS),
    /** Where unexpected errors are reported to, in Sentry's protocol: `https://<public key>@<host>/<project>`. */
    errorTrackingDsn: z
      .url({ protocol: /^https$/ })
      .refine(isDsn, 'must look like https://<public key>@<host>/<project>')
      .optional(),
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
  );
export type DeploymentConfig = Readonly<z.output<typeof DeploymentConfigSchema>>;

/** Names that are known at a place in the configuration. */
function knownAt(path: readonly PropertyKey[], values: Readonly<Record<string, unknown>>): readonly string[] {
  const [option] = path;
  if (option === undefined) return Object.keys(DeploymentConfigSchema.shape);
  if (option === 'domain') return Object.keys(DomainSchema.shape);
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
