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
  /** Connector only. */
  authStateTable: 'POMBO_AUTH_STATE_TABLE',
  /** Connector only. */
  messagesTable: 'POMBO_MESSAGES_TABLE',
  mediaBucket: 'POMBO_MEDIA_BUCKET',
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
  failureTopicArn: 'POMBO_FAILURE_TOPIC_ARN',
  retryStateMachineArn: 'POMBO_RETRY_STATE_MACHINE_ARN',
  /** Comma-separated CIDRs that webhook URLs may reach although they are private; empty by default. */
  privateTargets: 'POMBO_PRIVATE_TARGETS',
  /** Release of this deployment, from package.json. */
  version: 'POMBO_VERSION',
  logLevel: 'POMBO_LOG_LEVEL',
  /** Connector only: another server than WhatsApp's own, `wss://…`, or `ws://` on loopback where POMBO_LOCAL is set. */
  whatsappUrl: 'POMBO_WHATSAPP_URL',
  /** Connector only: hosts that received media may be fetched from, comma-separated. */
  mediaHosts: 'POMBO_MEDIA_HOSTS',
  /** Connector only: days that message rows are kept. */
  messageRetentionDays: 'POMBO_MESSAGE_RETENTION_DAYS',
  /** Where unexpected errors are reported to, in Sentry's protocol; absent: nowhere. */
  errorTrackingDsn: 'POMBO_ERROR_TRACKING_DSN',
  /** Set to `1` by the one-machine runner and never in AWS. */
  local: 'POMBO_LOCAL',
} as const;

/** Global secondary indexes. */
export const Index = {
  /** Sessions of an account. */
  sessionsByAccount: 'byAccount',
  /** Sessions of a shard, for its owner. */
  sessionsByShard: 'byShard',
} as const;

/** Attribute that DynamoDB's TTL reads in every table that has one: seconds since the epoch. */
export const TTL_ATTRIBUTE = 'expiresAt';

/** D3: replies, reactions and retry receipts reach back this far, days. */
export const DEFAULT_MESSAGE_DAYS = 30;

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
} as const;
