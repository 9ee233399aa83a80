import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { type Event, type EventDelivery, eventTypeOf, type MessageEvent } from '../contracts/event.ts';
import type { EndpointRow } from '../contracts/rows/endpoint-row.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { AccountId, EndpointId } from '../domain/ids.ts';
import { chatHashOf } from '../domain/shard.ts';
import { batchesOf } from './sqs/batches-of.ts';

/** Puts events on the queues to the deliver function: one queue message for each endpoint that subscribed (D9). */
export interface EventPublisher {
  /** Resolves when SQS has all messages of the event; an event that nobody subscribes to is not queued. Rejects otherwise. */
  publish(event: Event): Promise<void>;
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

/** SQS may refuse single entries of a batch; they are sent again this many times before the publication fails. */
const RESENDS = 3;
/** Wait before the first resend, milliseconds; doubles each time. */
const RESEND_AFTER_MS = 100;

export function makeEventPublisher(options: EventPublisherOptions): EventPublisher {
  const { sqs, eventsQueueUrl, bulkQueueUrl, clock } = options;
  const lists = cachedLists(options);

  const send = async (queueUrl: string, entries: readonly SendMessageBatchRequestEntry[]): Promise<void> => {
    let left = entries;
    for (let resend = 0; ; resend++) {
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...left] }));
      if (Failed.length === 0) return;
      const reasons = new Map(Failed.map((failed) => [failed.Id, failed.Code ?? 'unknown']));
      left = left.filter((entry) => reasons.has(entry.Id));
      if (resend === RESENDS) throw new Error(`SQS refused events: ${[...new Set(reasons.values())].join(', ')}`);
      await sleep(clock, RESEND_AFTER_MS * 2 ** resend);
    }
  };

  return {
    async publish(event) {
      const endpoints = subscribed(await lists.get(event.accountId), event);
      const queueUrl = event.type === 'message' ? eventsQueueUrl : bulkQueueUrl;
      const entries = endpoints.map(({ endpointId }, index) => entryOf({ endpointId, event }, String(index)));
      for (const batch of batchesOf(entries)) await send(queueUrl, batch);
    },
    forget: lists.forget,
  };
}

/** The endpoints that asked for this kind of event from this session. */
function subscribed(endpoints: readonly EndpointRow[], event: Event): readonly EndpointRow[] {
  const word = eventTypeOf(event);
  return endpoints.filter(
    ({ events, session }) => events.includes(word) && (!session || session.sessionUid === event.sessionUid),
  );
}

function entryOf(delivery: EventDelivery, id: string): SendMessageBatchRequestEntry & { MessageBody: string } {
  const { endpointId, event } = delivery;
  const MessageBody = JSON.stringify(delivery);
  if (event.type !== 'message') return { Id: id, MessageBody, MessageGroupId: endpointId };
  return {
    Id: id,
    MessageBody,
    MessageGroupId: chatGroup(endpointId, event),
    MessageDeduplicationId: `${event.eventId}#${endpointId}`,
  };
}

/** Order is kept per endpoint and chat. The LID comes first because every message from a person has it once it is known. */
function chatGroup(endpointId: EndpointId, event: MessageEvent): string {
  return `${endpointId}#${chatHashOf(`${event.sessionUid}#${event.groupId ?? event.fromUserId ?? event.from ?? ''}`)}`;
}

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
