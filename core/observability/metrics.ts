/** CloudWatch namespace of all of Pombo's own metrics; imported by the runtime that emits and by the alarms that watch. */
export const METRICS_NAMESPACE = 'Pombo';

/** Metric names, past tense. None has a per-tenant dimension (design decision D15). */
export const Metric = {
  /** Requests that left the API with a 5xx of ours. */
  apiErrored: 'ApiErrored',
  messageAccepted: 'MessageAccepted',
  messageSent: 'MessageSent',
  messageReceived: 'MessageReceived',
  webhookDelivered: 'WebhookDelivered',
  webhookFailed: 'WebhookFailed',
  sessionsOpen: 'SessionsOpen',
  /** Sessions that wait for a person: logged out or banned. */
  sessionsNeedPerson: 'SessionsNeedPerson',
  commandDropped: 'CommandDropped',
  /** Events whose endpoint was deleted meanwhile. */
  eventDropped: 'EventDropped',
  /** Commands that ended in the outbound dead-letter queue: a fault of ours. */
  commandDied: 'CommandDied',
} as const;
