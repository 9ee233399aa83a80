import { createHash } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import {
  DEFAULT_CONNECT_ATTEMPTS,
  DEFAULT_LEDGER_MEMORY_MIB,
  DEFAULT_MEDIA_HOST,
  DEFAULT_MESSAGE_DAYS,
  DEFAULT_MESSAGE_TTL_S,
  DEFAULT_SEND_ATTEMPTS,
  DEFAULT_SEND_RETRY_DELAY_MS,
  Env,
  FEWEST_MESSAGE_DAYS,
} from '#core/resource-names.ts';

/** Everything that the connector's environment decides. */
export interface ConnectorConfig {
  readonly sessionsTable: string;
  readonly endpointsTable: string;
  readonly answersTable: string;
  readonly tasksTable: string;
  readonly authStateTable: string;
  readonly messagesTable: string;
  readonly mediaTable: string;
  readonly mediaBucket: string;
  /** Hosts that files of received messages are fetched from, `host` or `host:port` (D11). */
  readonly mediaHosts: readonly string[];
  /** Outbound queue of each shard, in shard order. */
  readonly outboundQueueUrls: readonly string[];
  readonly eventsQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly version: string;
  readonly logLevel: LogLevel;
  /** Days that message rows are kept. */
  readonly messageRetentionDays: number;
  /** How long a message waits for its session where it does not say so itself, milliseconds. */
  readonly messageTtlMs: number;
  /** Failed connections in a row after which a session stops. */
  readonly connectAttempts: number;
  /** How often a message goes out on an open line without an acknowledgement before it has failed. */
  readonly sendAttempts: number;
  /** Between two of those, milliseconds. */
  readonly sendRetryDelayMs: number;
  /** Buttons and lists as WhatsApp's own, and not as a text with numbers. */
  readonly nativeButtons: boolean;
  /** Most that the ledger's rows may take of the memory, bytes. */
  readonly ledgerMemoryBytes: number;
  /** WhatsApp Web's version to log in as; undefined: the one that Baileys brings. */
  readonly whatsappVersion: readonly [number, number, number] | undefined;
  /** By name. */
  readonly proxies: ReadonlyMap<string, Proxy>;
  /** Operators hear of notices by it; undefined: nobody does. */
  readonly failureTopicArn: string | undefined;
  /** Gates of notices. */
  readonly limitsTable: string;
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

/** A proxy of the operator that sessions may name; nobody else's address is ever dialled (D11). */
export interface Proxy {
  readonly name: string;
  readonly protocol: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  /** `user:password`. */
  readonly credentials?: string;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const METADATA_URI = 'ECS_CONTAINER_METADATA_URI_V4';
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

const filled = z.string().min(1);
const ProxySchema = z.object({
  name: filled,
  protocol: z.enum(['http', 'https', 'socks5']),
  host: filled,
  port: z.number().int().min(1).max(65_535),
});
const EnvironmentSchema = z.object({
  [Env.sessionsTable]: filled,
  [Env.endpointsTable]: filled,
  [Env.answersTable]: filled,
  [Env.tasksTable]: filled,
  [Env.authStateTable]: filled,
  [Env.messagesTable]: filled,
  [Env.mediaTable]: filled,
  [Env.mediaBucket]: filled,
  [Env.mediaHosts]: filled.default(DEFAULT_MEDIA_HOST).transform((hosts) => hosts.split(',')),
  [Env.outboundQueueUrls]: filled.transform((urls) => urls.split(',')).pipe(z.array(z.url()).min(1)),
  [Env.eventsQueueUrl]: z.url(),
  [Env.bulkQueueUrl]: z.url(),
  [Env.version]: filled.default('0.0.0'),
  [Env.logLevel]: z
    .string()
    .transform((level) => level.toLowerCase())
    .pipe(z.enum(LOG_LEVELS))
    .default('info'),
  [Env.messageRetentionDays]: z.coerce.number().int().min(FEWEST_MESSAGE_DAYS).default(DEFAULT_MESSAGE_DAYS),
  [Env.messageTtlS]: z.coerce.number().int().min(1).default(DEFAULT_MESSAGE_TTL_S),
  [Env.connectAttempts]: z.coerce.number().int().min(1).default(DEFAULT_CONNECT_ATTEMPTS),
  [Env.sendAttempts]: z.coerce.number().int().min(1).default(DEFAULT_SEND_ATTEMPTS),
  [Env.sendRetryDelayMs]: z.coerce.number().int().min(0).default(DEFAULT_SEND_RETRY_DELAY_MS),
  [Env.nativeButtons]: z.string().optional(),
  [Env.ledgerMemoryMiB]: z.coerce.number().int().min(1).default(DEFAULT_LEDGER_MEMORY_MIB),
  [Env.whatsappVersion]: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .transform((version): readonly [number, number, number] => {
      const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
      return [major, minor, patch];
    })
    .optional(),
  [Env.proxies]: z
    .string()
    .transform((json): unknown => JSON.parse(json))
    .pipe(z.array(ProxySchema))
    .default([]),
  [Env.failureTopicArn]: filled.optional(),
  [Env.limitsTable]: filled,
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
    mediaTable: env[Env.mediaTable],
    mediaBucket: env[Env.mediaBucket],
    mediaHosts: env[Env.mediaHosts],
    outboundQueueUrls: env[Env.outboundQueueUrls],
    eventsQueueUrl: env[Env.eventsQueueUrl],
    bulkQueueUrl: env[Env.bulkQueueUrl],
    version: env[Env.version],
    logLevel: env[Env.logLevel],
    messageRetentionDays: env[Env.messageRetentionDays],
    messageTtlMs: env[Env.messageTtlS] * 1000,
    connectAttempts: env[Env.connectAttempts],
    sendAttempts: env[Env.sendAttempts],
    sendRetryDelayMs: env[Env.sendRetryDelayMs],
    nativeButtons: env[Env.nativeButtons] === '1',
    ledgerMemoryBytes: env[Env.ledgerMemoryMiB] * BYTES_A_MIB,
    whatsappVersion: env[Env.whatsappVersion],
    proxies: proxiesOf(env[Env.proxies], environment),
    failureTopicArn: env[Env.failureTopicArn],
    limitsTable: env[Env.limitsTable],
    errorTrackingDsn: env[Env.errorTrackingDsn],
    privateTargets: env[Env.privateTargets],
    whatsappUrl: whatsappUrlOf(env[Env.whatsappUrl], env[Env.local] === '1'),
    metadataUri: env[METADATA_URI],
    hostname: hostname(),
    heartbeatFile: heartbeatFileOf(environment),
  };
}

const BYTES_A_MIB = 2 ** 20;

/** Credentials come each in a variable of its own, which ECS fills from a secret. */
function proxiesOf(
  proxies: readonly z.infer<typeof ProxySchema>[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Proxy> {
  return new Map(
    proxies.map((proxy) => {
      const variable = `${Env.proxyCredentialsPrefix}${proxy.name.toUpperCase().replaceAll('-', '_')}`;
      const credentials = environment[variable];
      return [proxy.name, { ...proxy, ...(credentials && { credentials }) }];
    }),
  );
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
