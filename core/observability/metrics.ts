/** CloudWatch namespace of all of Pombo's own metrics; imported by the runtime that emits and by the alarms that watch. */
export const METRICS_NAMESPACE = 'Pombo';

/** Metric names, past tense. None has a per-tenant dimension (design decision D15). */
export const Metric = {
  /** Requests that left the API with a 5xx of ours. */
  apiErrored: 'ApiErrored',
  messageAccepted: 'MessageAccepted',
  /** Messages that the API refused because of a limit. */
  messageLimited: 'MessageLimited',
  /** Requests that were refused because their address had sent too many wrong keys. */
  loginLimited: 'LoginLimited',
  messageSent: 'MessageSent',
  messageReceived: 'MessageReceived',
  webhookDelivered: 'WebhookDelivered',
  webhookFailed: 'WebhookFailed',
  sessionsOpen: 'SessionsOpen',
  /** Sessions that wait for a person: logged out or banned. */
  sessionsNeedPerson: 'SessionsNeedPerson',
  commandDropped: 'CommandDropped',
  /** Sessions that are not started because they took tasks down. */
  sessionsQuarantined: 'SessionsQuarantined',
  /** Connections that were recycled because nothing came over them any more. */
  connectionDeaf: 'ConnectionDeaf',
  /** New connections of sessions that had been open before. */
  sessionReconnected: 'SessionReconnected',
  /** Shards or rows that turned out to be another task's. */
  leaseConflicted: 'LeaseConflicted',
  /** Milliseconds for which a task had to be silent. */
  taskSilent: 'TaskSilent',
  /** Most milliseconds since the last frame among open sessions. */
  longestFrameAge: 'LongestFrameAge',
  /** Messages that wait for WhatsApp's acknowledgement. */
  acksPending: 'AcksPending',
  /** Commands that wait in a table for their session. */
  commandsParked: 'CommandsParked',
  commandExpired: 'CommandExpired',
  /** Bytes that the ledger's rows take in memory. */
  ledgerBytes: 'LedgerBytes',
  webhookParked: 'WebhookParked',
  webhookDead: 'WebhookDead',
  breakerOpened: 'BreakerOpened',
  endpointDisabled: 'EndpointDisabled',
  /** Events whose endpoint was deleted meanwhile. */
  eventDropped: 'EventDropped',
  /** Commands that ended in the outbound dead-letter queue: a fault of ours. */
  commandDied: 'CommandDied',
  /** Messages in the longest outbound queue. */
  outboundLength: 'OutboundLength',
  /** Messages in the longer lane of webhooks. */
  webhooksLength: 'WebhooksLength',
} as const;

/**
 * What a deployment without sessions sends. CloudWatch bills a metric for each hour in which it is sent, so that gauges which say
 * nothing then are left out, and counts are sent where there was something to count.
 */
export const EMITTED_WHILE_IDLE = [
  Metric.sessionsOpen,
  Metric.sessionsNeedPerson,
  Metric.outboundLength,
  Metric.webhooksLength,
] as const;
