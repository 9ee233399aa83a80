import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

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

const CidrSchema = z.union([z.cidrv4(), z.cidrv6()]);

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
    /** Gets a mail for each alarm; AWS asks it to confirm first. */
    failureEmail: z.email().optional(),
    /** Origins that browsers may call the API from; empty: none. */
    allowedOrigins: z.array(OriginSchema).default([]),
    /** CIDRs that webhook URLs may reach although they are private (D11). */
    privateTargets: z.array(CidrSchema).default([]),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    /** Days; CloudWatch Logs accepts these numbers and no others. */
    logRetentionDays: z.enum(RetentionDays).default(RetentionDays.ONE_MONTH),
    /** Requests a second that the gateway lets through, all callers together. */
    apiRateLimit: z.int().min(1).default(500),
    apiBurstLimit: z.int().min(1).default(1_000),
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

const KNOWN = Object.keys(DeploymentConfigSchema.shape);

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
  const lines = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown option ${issue.keys.join(', ')}; known options: ${KNOWN.join(', ')}`
      : `${issue.path.join('.')}: ${issue.message}`,
  );
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
