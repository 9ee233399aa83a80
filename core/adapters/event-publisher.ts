import type { SQSClient } from '@aws-sdk/client-sqs';
import { type EchoEvent, type Event, type EventDelivery, eventTypeOf, type MessageEvent } from '../contracts/event.ts';
import type { EndpointRow } from '../contracts/rows/endpoint-row.ts';
import type { Clock } from '../domain/clock.ts';
import { isWritten, writtenChatOf } from '../domain/delivery/written-chat.ts';
import type { AccountId, EndpointId, JobId } from '../domain/ids.ts';
import { type QueueMessage, SendBatcher } from './sqs/send-batcher.ts';

/** Puts events on the queues to the deliver function: one queue message for each endpoint that subscribed (D9). */
export interface EventPublisher {
  /**
   * Resolves when SQS has all messages of the event; an event that nobody subscribes to is not queued. Rejects otherwise.
   * @throws MessageRefusedError when SQS will never take it
   */
  publish(event: Event): Promise<void>;
  /**
   * Queues an event for one endpoint as part of a replay: delivered although the endpoint has had it. An echo only if the endpoint
   * subscribed to echoes: who asks for received messages again does not mean what its own people wrote.
   */
  publishTo(endpointId: EndpointId, event: Event, jobId: JobId): Promise<void>;
  /** Drops the cached endpoint list of an account; the next event reads it anew. */
  forget(accountId: AccountId): void;
}

export interface EventPublisherOptions {
  readonly sqs: SQSClient;
  readonly endpoints: { list(accountId: AccountId): Promise<readonly EndpointRow[]> };
  /** FIFO lane: messages, in order per endpoint and chat. */
  readonly eventsQueueUrl: string;
  /** Standard lane with fair queueing: statuses and session changes. */
  readonly bulkQueueUrl: string;
  readonly clock: Clock;
}

/** How long an account's endpoint list is believed, milliseconds; a change is also announced on the shards' queues (D9). */
const ENDPOINTS_BELIEVED_MS = 30_000;

/**
 * How long an event waits for others to share a call of SQS while another call is under way, milliseconds. Of messages only
 * the receipt waits; the next message of a chat may wait for the status of the one before.
 */
const MESSAGES_LINGER_MS = 10;
const OTHERS_LINGER_MS = 5;

export function makeEventPublisher(options: EventPublisherOptions): EventPublisher {
  const { sqs, eventsQueueUrl, bulkQueueUrl, clock } = options;
  const lists = cachedLists(options);

  const events = new SendBatcher({ sqs, queueUrl: eventsQueueUrl, fifo: true, lingerMs: MESSAGES_LINGER_MS, clock });
  const bulk = new SendBatcher({ sqs, queueUrl: bulkQueueUrl, fifo: false, lingerMs: OTHERS_LINGER_MS, clock });
  const send = (delivery: EventDelivery): Promise<void> =>
    (isWritten(delivery.event) ? events : bulk).send(messageOf(delivery));

  return {
    async publishTo(endpointId, event, replay) {
      const endpoints = event.type === 'echo' ? subscribed(await lists.get(event.accountId), event) : undefined;
      if (endpoints?.every((endpoint) => endpoint.endpointId !== endpointId)) return;
      await send({ endpointId, event, replay });
    },
    async publish(event) {
      const endpoints = subscribed(await lists.get(event.accountId), event);
      const sent = await Promise.allSettled(endpoints.map(({ endpointId }) => send({ endpointId, event })));
      const failed = sent.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
    },
    forget: lists.forget,
  };
}

/** The endpoints that asked for this kind of event from this session. */
function subscribed(endpoints: readonly EndpointRow[], event: Event): readonly EndpointRow[] {
  const word = eventTypeOf(event);
  return endpoints.filter(
    ({ events, session }) =>
      events.includes(word) && (!session || (event.type !== 'queue' && session.sessionUid === event.sessionUid)),
  );
}

function messageOf(delivery: EventDelivery): QueueMessage {
  const { endpointId, event, replay } = delivery;
  const MessageBody = JSON.stringify(delivery).replaceAll(NOT_ALLOWED, escaped);
  if (!isWritten(event)) return { MessageBody, MessageGroupId: endpointId };
  return {
    MessageBody,
    MessageGroupId: chatGroup(endpointId, event),
    MessageDeduplicationId: [event.eventId, endpointId, ...(replay === undefined ? [] : [replay])].join('#'),
  };
}

/** Two characters that JSON leaves as they are and SQS refuses (SendMessage, “MessageBody”). */
const NOT_ALLOWED = /[\uFFFE\uFFFF]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`;

/** Order is kept per endpoint and chat. */
export const chatGroup = (endpointId: EndpointId, event: MessageEvent | EchoEvent): string =>
  `${endpointId}#${writtenChatOf(event)}`;

/** One list per account; concurrent readers share one query, a failed query is not kept. */
function cachedLists(options: Pick<EventPublisherOptions, 'clock' | 'endpoints'>) {
  const { clock, endpoints } = options;
  const lists = new Map<AccountId, { readonly rows: Promise<readonly EndpointRow[]>; readonly readAtMs: number }>();
  return {
    get(accountId: AccountId): Promise<readonly EndpointRow[]> {
      const known = lists.get(accountId);
      if (known && clock.monotonic() - known.readAtMs < ENDPOINTS_BELIEVED_MS) return known.rows;
      const entry = { rows: endpoints.list(accountId), readAtMs: clock.monotonic() };
      lists.set(accountId, entry);
      entry.rows.catch(() => {
        if (lists.get(accountId) === entry) lists.delete(accountId);
      });
      return entry.rows;
    },
    forget: (accountId: AccountId): void => void lists.delete(accountId),
  };
}
