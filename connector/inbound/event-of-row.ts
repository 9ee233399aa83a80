import { MessageRefusedError } from '#core/adapters/sqs/send-batcher.ts';
import type { EchoEvent, MessageEvent } from '#core/contracts/event.ts';
import type { OrderedItem } from '#core/contracts/inbound/order.ts';
import { sleep } from '#core/domain/clock.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import type { InboundRow } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { FindMessage, OrderReference, ReadMessage, ReceivedMedia } from '../whatsapp/whatsapp-port.ts';
import { makeFindMessage } from './known-messages.ts';
import { messageEventOf, UNREADABLE } from './message-event.ts';

export interface EventOfRowOptions {
  readonly identity: SessionIdentity;
  readonly table: MessageTable;
  readonly readMessage: (row: InboundRow, find: FindMessage) => Promise<ReadMessage>;
  /** Own number for the events, digits. */
  readonly displayPhoneNumber: () => string;
  /** Jids of our own number, without device. */
  readonly ownJids: () => readonly string[];
  readonly persistence: Persistence;
  readonly logger: Logger;
}

/** A message that can't be read is tried so often in all before it is told as unreadable … */
const TRIES = 3;
/** … with so much time between, milliseconds. */
const TRY_AGAIN_MS = 200;

/** What a received message is told as, and its file. */
export interface ToldMessage {
  readonly event: MessageEvent | EchoEvent;
  readonly media?: ReceivedMedia;
  /** Of an order whose products are not known yet. */
  readonly order?: OrderReference;
}

/** Makes the event of a received message out of its row; undefined for what no person wrote. */
export type EventOfRow = (row: InboundRow) => Promise<ToldMessage | undefined>;

export function makeEventOfRow(options: EventOfRowOptions): EventOfRow {
  const { identity, readMessage, displayPhoneNumber, persistence, logger } = options;
  const findMessage = makeFindMessage(options);

  /** Rejects only when the session is over: what can't be read must not hold up its chat, nor be lost. */
  const read = async (row: InboundRow): Promise<ReadMessage> => {
    if (row.tooLarge) return { type: 'content', content: UNREADABLE };
    for (let attempt = 1; ; attempt++) {
      try {
        return await readMessage(row, (reference) => findMessage(row, reference));
      } catch (error) {
        persistence.signal?.throwIfAborted();
        logger.error({ error, messageId: row.wamid, attempt }, 'message not readable');
        if (attempt === TRIES) return { type: 'content', content: UNREADABLE };
        await sleep(persistence.clock, TRY_AGAIN_MS, persistence.signal);
      }
    }
  };

  return async (row) => {
    const message = row.undecryptable ? undefined : await read(row);
    if (message?.type === 'housekeeping') return undefined;
    const event = messageEventOf({ identity, displayPhoneNumber: displayPhoneNumber(), row, message });
    return {
      event: row.products ? withProducts(event, row.products) : event,
      ...(message?.media && { media: message.media }),
      ...(message?.order && !row.products && { order: message.order }),
    };
  };
}

/** The event of an order with what is in it. */
export function withProducts<E extends MessageEvent | EchoEvent>(event: E, products: readonly OrderedItem[]): E {
  const { content } = event;
  if (content.type !== 'order') return event;
  return { ...event, content: { ...content, order: { ...content.order, product_items: [...products] } } };
}

/**
 * Publishes an event until it is on its queue. One that the queue will never take is told as a message that can't be read.
 */
export async function tell(
  event: MessageEvent | EchoEvent,
  publish: (event: MessageEvent | EchoEvent) => Promise<void>,
  persistence: Persistence,
): Promise<void> {
  const isFinal = (error: unknown): boolean => error instanceof MessageRefusedError;
  try {
    await keepTrying({ ...persistence, isFinal }, () => publish(event));
  } catch (error) {
    if (!isFinal(error)) throw error;
    await keepTrying(persistence, () => publish({ ...event, content: UNREADABLE }));
  }
}
