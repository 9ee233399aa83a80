import { createHash } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_MESSAGE_DAYS, Env } from '#core/resource-names.ts';

/** Everything that the connector's environment decides. */
export interface ConnectorConfig {
  readonly sessionsTable: string;
  readonly endpointsTable: string;
  readonly answersTable: string;
  readonly tasksTable: string;
  readonly authStateTable: string;
  readonly messagesTable: string;
  /** Outbound queue of each shard, in shard order. */
  readonly outboundQueueUrls: readonly string[];
  readonly eventsQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly version: string;
  readonly logLevel: LogLevel;
  /** Days that message rows are kept. */
  readonly messageRetentionDays: number;
  /** Where unexpected errors are reported to; undefined: nowhere. */
  readonly errorTrackingDsn: URL | undefined;
  /** CIDRs that the error tracker may be at although they are private. */
  readonly privateTargets: readonly string[];
  /** Another server than WhatsApp's own; undefined in a real deployment. */
  readonly whatsappUrl: URL | undefined;
  /** Base address of the ECS task metadata endpoint v4; undefined outside ECS. */
  readonly metadataUri: string | undefined;
  /** Name of the machine or container, the task id where there is no ECS. */
  readonly hostname: string;
  /** File that the event loop touches for the container's health check. */
  readonly heartbeatFile: string;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const METADATA_URI = 'ECS_CONTAINER_METADATA_URI_V4';
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

const filled = z.string().min(1);
const EnvironmentSchema = z.object({
  [Env.sessionsTable]: filled,
  [Env.endpointsTable]: filled,
  [Env.answersTable]: filled,
  [Env.tasksTable]: filled,
  [Env.authStateTable]: filled,
  [Env.messagesTable]: filled,
  [Env.outboundQueueUrls]: filled.transform((urls) => urls.split(',')).pipe(z.array(z.url()).min(1)),
  [Env.eventsQueueUrl]: z.url(),
  [Env.bulkQueueUrl]: z.url(),
  [Env.version]: filled.default('0.0.0'),
  [Env.logLevel]: z
    .string()
    .transform((level) => level.toLowerCase())
    .pipe(z.enum(LOG_LEVELS))
    .default('info'),
  [Env.messageRetentionDays]: z.coerce.number().int().min(1).default(DEFAULT_MESSAGE_DAYS),
  [Env.errorTrackingDsn]: z
    .url()
    .transform((dsn) => new URL(dsn))
    .optional(),
  [Env.privateTargets]: z
    .string()
    .transform((cidrs) => cidrs.split(','))
    .default([]),
  [Env.whatsappUrl]: z.url({ protocol: /^wss?$/ }).optional(),
  [Env.local]: z.string().optional(),
  [METADATA_URI]: z.url().optional(),
});

/** Reads the connector's configuration. @throws Error that names each variable that is missing or wrong */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): ConnectorConfig {
  const parsed = EnvironmentSchema.safeParse(withoutEmpty(environment));
  if (!parsed.success) throw new Error(`The connector's environment is wrong: ${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  return {
    sessionsTable: env[Env.sessionsTable],
    endpointsTable: env[Env.endpointsTable],
    answersTable: env[Env.answersTable],
    tasksTable: env[Env.tasksTable],
    authStateTable: env[Env.authStateTable],
    messagesTable: env[Env.messagesTable],
    outboundQueueUrls: env[Env.outboundQueueUrls],
    eventsQueueUrl: env[Env.eventsQueueUrl],
    bulkQueueUrl: env[Env.bulkQueueUrl],
    version: env[Env.version],
    logLevel: env[Env.logLevel],
    messageRetentionDays: env[Env.messageRetentionDays],
    errorTrackingDsn: env[Env.errorTrackingDsn],
    privateTargets: env[Env.privateTargets],
    whatsappUrl: whatsappUrlOf(env[Env.whatsappUrl], env[Env.local] === '1'),
    metadataUri: env[METADATA_URI],
    hostname: hostname(),
    heartbeatFile: heartbeatFileOf(environment),
  };
}

/**
 * The file of the container's health check. The check runs as a process of its own, so the name follows from what both
 * see: two connectors on one machine have different metadata addresses.
 */
export function heartbeatFileOf(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const container = environment[METADATA_URI] || hostname();
  const name = createHash('sha256').update(container).digest('hex').slice(0, 16);
  return join(tmpdir(), `pombo-connector-${name}.heartbeat`);
}

/** Variables that are set to nothing count as absent: a template can't leave one out by condition. */
const withoutEmpty = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );

/**
 * TLS is the only thing that proves WhatsApp's server to us (whatsapp.md, fact 7), so plain `ws:` is for the simulator
 * on this machine and nothing else.
 */
function whatsappUrlOf(url: string | undefined, local: boolean): URL | undefined {
  if (url === undefined) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol === 'wss:') return parsed;
  if (!local) throw new Error(`${Env.whatsappUrl} has to begin with wss:// in a deployment.`);
  if (!LOOPBACK_HOSTS.has(parsed.hostname)) {
    throw new Error(
      `${Env.whatsappUrl} may be plain ws:// only on this machine (127.0.0.1); use wss:// for other hosts.`,
    );
  }
  return parsed;
}
