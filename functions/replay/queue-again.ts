import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { chatGroup } from '#core/adapters/event-publisher.ts';
import { batchesOf } from '#core/adapters/sqs/batches-of.ts';
import type { Event, EventDelivery } from '#core/contracts/event.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { isWritten } from '#core/domain/delivery/written-chat.ts';
import type { EndpointId, JobId } from '#core/domain/ids.ts';
import { chatHashOf } from '#core/domain/shard.ts';

/** A delivery that is to be sent again. */
export type Again = EventDelivery & { readonly replay: JobId };

/** SQS may refuse single entries; they are sent again this many times. */
const RESENDS = 3;
/** Wait before the first resend, milliseconds; doubles each time. */
const RESEND_AFTER_MS = 100;

/**
 * Puts deliveries on the FIFO lane, whatever their kind: there a batch that is sent again after a crash, within five minutes, is one.
 * Messages keep the order of their chat, beside those that come in live; other events that of their message or session.
 */
export function makeQueueAgain(options: {
  readonly sqs: SQSClient;
  readonly eventsQueueUrl: string;
  readonly clock: Clock;
}) {
  const { sqs, eventsQueueUrl: QueueUrl, clock } = options;
  const send = async (entries: readonly ReturnType<typeof entryOf>[]): Promise<void> => {
    let left = entries;
    for (let resend = 0; ; resend++) {
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...left] }));
      if (Failed.length === 0) return;
      const refused = new Map(Failed.map((failed) => [failed.Id, failed.Code ?? 'unknown']));
      left = left.filter(({ Id }) => refused.has(Id));
      if (resend === RESENDS) throw new Error(`SQS refused deliveries: ${[...new Set(refused.values())].join(', ')}`);
      await sleep(clock, RESEND_AFTER_MS * 2 ** resend);
    }
  };
  return async (deliveries: readonly Again[]): Promise<void> => {
    for (const batch of batchesOf(deliveries.map(entryOf))) await send(batch);
  };
}

function entryOf(delivery: Again, index: number) {
  const { endpointId, event, replay } = delivery;
  return {
    Id: String(index),
    MessageBody: JSON.stringify(delivery),
    MessageGroupId: groupOf(endpointId, event),
    MessageDeduplicationId: `${event.eventId}#${endpointId}#${replay}`,
  };
}

function groupOf(endpointId: EndpointId, event: Event): string {
  if (isWritten(event)) return chatGroup(endpointId, event);
  return `${endpointId}#${chatHashOf(`${event.type}#${subjectOf(event)}`)}`;
}

function subjectOf(event: Exclude<Event, { readonly type: 'message' | 'echo' }>): string {
  switch (event.type) {
    case 'status':
      return event.wamid;
    case 'call':
      return event.callId;
    case 'session':
      return event.sessionUid;
    case 'queue':
      return 'account';
  }
}
