/**
 * Names that the infrastructure (lib/) writes and the runtime (functions/, connector/) reads. A name that stands on both
 * sides stands here once.
 */

/** Environment variables of functions and connector. */
export const Env = {
  accountsTable: 'POMBO_ACCOUNTS_TABLE',
  sessionsTable: 'POMBO_SESSIONS_TABLE',
  endpointsTable: 'POMBO_ENDPOINTS_TABLE',
  deliveriesTable: 'POMBO_DELIVERIES_TABLE',
  answersTable: 'POMBO_ANSWERS_TABLE',
  tasksTable: 'POMBO_TASKS_TABLE',
  /** What endpoints are in: their breaker, their pause, since when they fail. */
  endpointStatesTable: 'POMBO_ENDPOINT_STATES_TABLE',
  /** Deliveries that wait until their endpoint is ready (D5). */
  backlogTable: 'POMBO_BACKLOG_TABLE',
  /** Token buckets and once-an-hour gates; a table of its own, so that a hot bucket slows nothing else. */
  limitsTable: 'POMBO_LIMITS_TABLE',
  /** Replays and other work that goes on over many function calls. */
  jobsTable: 'POMBO_JOBS_TABLE',
  /** Message templates, which only Graph-shaped paths know. */
  templatesTable: 'POMBO_TEMPLATES_TABLE',
  /** Connector only. */
  authStateTable: 'POMBO_AUTH_STATE_TABLE',
  /** Connector only. */
  messagesTable: 'POMBO_MESSAGES_TABLE',
  /** Files and how far they are. */
  mediaTable: 'POMBO_MEDIA_TABLE',
  mediaBucket: 'POMBO_MEDIA_BUCKET',
  /** Name of the function that fetches the file of a `link`. */
  fetchMediaFunction: 'POMBO_FETCH_MEDIA_FUNCTION',
  /** Outbound queue of shard 0 with the shard number cut off: `<prefix><shard>.fifo` is not known before deployment, so a comma-separated list in shard order. */
  outboundQueueUrls: 'POMBO_OUTBOUND_QUEUE_URLS',
  outboundDeadLetterQueueUrl: 'POMBO_OUTBOUND_DLQ_URL',
  /** FIFO lane: messages. */
  eventsQueueUrl: 'POMBO_EVENTS_QUEUE_URL',
  eventsDeadLetterQueueUrl: 'POMBO_EVENTS_DLQ_URL',
  /** Standard lane with fair queueing: statuses and session changes. */
  bulkQueueUrl: 'POMBO_BULK_QUEUE_URL',
  bulkDeadLetterQueueUrl: 'POMBO_BULK_DLQ_URL',
  /** KMS key that webhook secrets are encrypted under. */
  secretsKeyId: 'POMBO_SECRETS_KEY_ID',
  /** Operators hear of alarms and notices by this topic. */
  failureTopicArn: 'POMBO_FAILURE_TOPIC_ARN',
  retryStateMachineArn: 'POMBO_RETRY_STATE_MACHINE_ARN',
  recoveryStateMachineArn: 'POMBO_RECOVERY_STATE_MACHINE_ARN',
  replayStateMachineArn: 'POMBO_REPLAY_STATE_MACHINE_ARN',
  /** Pointers to deliveries that are dead by their receiver's fault (D5). */
  deadDeliveriesQueueUrl: 'POMBO_DEAD_DELIVERIES_QUEUE_URL',
  /** Most calls of the deliver function side by side, both lanes together. */
  deliverCalls: 'POMBO_DELIVER_CALLS',
  /** Comma-separated CIDRs that webhook URLs may reach although they are private; empty by default. */
  privateTargets: 'POMBO_PRIVATE_TARGETS',
  /** Release of this deployment, from package.json. */
  version: 'POMBO_VERSION',
  logLevel: 'POMBO_LOG_LEVEL',
  /** Connector only: another server than WhatsApp's own, `wss://…`, or `ws://` on loopback where POMBO_LOCAL is set. */
  whatsappUrl: 'POMBO_WHATSAPP_URL',
  /** Connector only: hosts that received media are fetched from, `host` or `host:port`, comma-separated. */
  mediaHosts: 'POMBO_MEDIA_HOSTS',
  /** Days that message rows are kept, and that a number and a contact know each other. */
  messageRetentionDays: 'POMBO_MESSAGE_RETENTION_DAYS',
  /** Connector only: WhatsApp Web's version to log in as, `2.3000.1234`; absent: the one that Baileys brings. */
  whatsappVersion: 'POMBO_WHATSAPP_VERSION',
  /** Connector only: JSON list of the proxies that sessions may name. */
  proxies: 'POMBO_PROXIES',
  /** Connector only, one per proxy with credentials: this prefix and the proxy's name in upper case, `user:password`. */
  proxyCredentialsPrefix: 'POMBO_PROXY_CREDENTIALS_',
  /** Connector only: failed connections in a row after which a session stops. */
  connectAttempts: 'POMBO_CONNECT_ATTEMPTS',
  /** Connector only: how often a message goes out on an open line without an acknowledgement before it has failed. */
  sendAttempts: 'POMBO_SEND_ATTEMPTS',
  /** Connector only: between two of those, milliseconds. */
  sendRetryDelayMs: 'POMBO_SEND_RETRY_DELAY_MS',
  /** Connector only: `1` sends buttons and lists as WhatsApp's own, and not as a text with numbers. */
  nativeButtons: 'POMBO_NATIVE_BUTTONS',
  /** How long an accepted message may wait for its session where it does not say so itself, seconds. */
  messageTtlS: 'POMBO_MESSAGE_TTL_S',
  /** What the deployment sets of the limits, as JSON; absent: all as the release says. */
  limits: 'POMBO_LIMITS',
  /** Connector only: most of a task's memory that the ledger's rows may take, MiB. */
  ledgerMemoryMiB: 'POMBO_LEDGER_MEMORY_MIB',
  /** Where unexpected errors are reported to, in Sentry's protocol; absent: nowhere. */
  errorTrackingDsn: 'POMBO_ERROR_TRACKING_DSN',
  /** Set to `1` by the one-machine runner and never in AWS. */
  local: 'POMBO_LOCAL',
  /** Lambda's own. */
  region: 'AWS_REGION',
  /** Set by the one-machine runner: all services are there; absent in AWS. */
  awsEndpoint: 'AWS_ENDPOINT_URL',
} as const;

/** Rows of the tasks table that say who owns a shard begin so; policies name them. A contract can't refer to this file: its own is the same. */
export const LEASE_KEYS = 'lease#';

/** How the keys of the limits table's rows begin; policies name them. */
export const LIMIT_KEYS = {
  /** A session and one recipient. */
  pair: 'pair#',
  session: 'session#',
  apiKey: 'key#',
  /** All messages of the deployment. */
  global: 'global',
  /** Wrong API keys from an address. */
  login: 'login#',
  /** What was made of an Idempotency-Key. */
  idempotency: 'idempotency#',
} as const;

/** Global secondary indexes. */
export const Index = {
  /** Sessions of an account. */
  sessionsByAccount: 'byAccount',
  /** Sessions of a shard, for its owner. */
  sessionsByShard: 'byShard',
  /** Endpoints that want to hear of queues; only those have the attribute. */
  endpointsByMonitoring: 'byMonitoring',
} as const;

/** Attribute that DynamoDB's TTL reads in every table that has one: seconds since the epoch. */
export const TTL_ATTRIBUTE = 'expiresAt';

/** Prefixes of the media bucket, each with a lifecycle of its own. */
export const MediaPrefix = { uploaded: 'up/', received: 'in/' } as const;
/** Meta keeps an upload for 30 days. */
export const UPLOADED_MEDIA_DAYS = 30;
/** Received media: what a webhook announced can be fetched for a week, like on Meta's API it may vanish after that. */
export const RECEIVED_MEDIA_DAYS = 7;

/** D3: replies, reactions and retry receipts reach back this far, days. */
export const DEFAULT_MESSAGE_DAYS = 30;
/** A recipient may ask for a message again so much later, when its phone was off meanwhile. */
export const FEWEST_MESSAGE_DAYS = 7;
/** An accepted message waits a day for its session (issue: parking), seconds. */
export const DEFAULT_MESSAGE_TTL_S = 86_400;
/** At a minute each in the end, about half a day of a WhatsApp that can't be reached. */
export const DEFAULT_CONNECT_ATTEMPTS = 1_000;
/** Two minutes with the wait for each acknowledgement. */
export const DEFAULT_SEND_ATTEMPTS = 4;
export const DEFAULT_SEND_RETRY_DELAY_MS = 500;
/** Of the 512 MiB of the default task; the program itself takes about 200. */
export const DEFAULT_LEDGER_MEMORY_MIB = 96;

/** Where WhatsApp keeps the files of messages. */
export const DEFAULT_MEDIA_HOST = 'mmg.whatsapp.net';

/** Three batches in each of two lanes: what the default deployment runs (webhooks.md 3.2). */
export const DEFAULT_DELIVER_CALLS = 6;

/** Key attributes of each table; the infrastructure declares them, the repositories use them. */
export const TableKeys = {
  accounts: { pk: 'pk', sk: 'sk' },
  sessions: { pk: 'sessionId' },
  endpoints: { pk: 'accountId', sk: 'endpointId' },
  deliveries: { pk: 'endpointDay', sk: 'occurred' },
  answers: { pk: 'questionId' },
  tasks: { pk: 'taskId' },
  authState: { pk: 'sessionUid', sk: 'entry' },
  messages: { pk: 'sessionUid', sk: 'message' },
  endpointStates: { pk: 'endpointId' },
  backlog: { pk: 'lane', sk: 'position' },
  limits: { pk: 'limit' },
  jobs: { pk: 'accountId', sk: 'jobId' },
  templates: { pk: 'accountId', sk: 'templateId' },
  media: { pk: 'mediaId' },
} as const;
