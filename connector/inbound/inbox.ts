import type { EchoEvent, MessageEvent } from '#core/contracts/event.ts';
import type { MessagesReplayCommand } from '#core/contracts/outbound-command.ts';
import { type Clock, inTime } from '#core/domain/clock.ts';
import type { EndpointId, JobId } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import { Lanes } from '../lanes.ts';
import { type InboundRow, inboundKeyOf, MOST_ROW_CONTENT_BYTES, personHashOf } from '../messages/message-row.ts';
import type { MessageTable, Pending } from '../messages/message-table.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type {
  Arrival,
  ArrivedPart,
  FindMessage,
  InboundJournal,
  OrderReference,
  ReadMessage,
  ReceivedMedia,
} from '../whatsapp/whatsapp-port.ts';
import { type EventOfRow, makeEventOfRow, tell, withProducts } from './event-of-row.ts';
import { isTold } from './message-event.ts';
import { replayMessages } from './message-replay.ts';
import type { OrderProducts } from './order-products.ts';

export interface InboxOptions {
  readonly identity: SessionIdentity;
  readonly table: MessageTable;
  readonly readMessage: (row: InboundRow, find: FindMessage) => Promise<ReadMessage>;
  /** Own number for the events, digits. */
  readonly displayPhoneNumber: () => string;
  /** Jids of our own number, without device. */
  readonly ownJids: () => readonly string[];
  readonly publish: (event: MessageEvent | EchoEvent) => Promise<void>;
  /** Queues an event once more, for one endpoint. */
  readonly publishTo: (endpointId: EndpointId, event: MessageEvent | EchoEvent, jobId: JobId) => Promise<void>;
  /**
   * Resolves when the file of a message can be fetched from us, or when it has taken too long (D12); its chat waits. Rejects when the
   * session is over.
   * @default nobody fetches it
   */
  readonly fetchMedia?: (media: ReceivedMedia, row: InboundRow) => Promise<void>;
  /** What is in an order, where WhatsApp tells it in time; its chat waits. @default nobody asks */
  readonly orderProducts?: OrderProducts;
  /** Makes an event out of a row under guard: a process may have died of that before. Undefined: nobody is told. @default no guard */
  readonly guarded?: <T>(row: InboundRow, work: () => Promise<T>) => Promise<T | undefined>;
  /** Grows from call to call, also over those of earlier owners of the session. */
  readonly nextArrival: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once for each message that went to its queue. */
  readonly onPublished: () => void;
  /** Ends all attempts. */
  readonly signal: AbortSignal;
}

/** How long a receipt waits for the queue. Then a durable mark says what has to be published after a crash. */
const PUBLISH_WAIT_MS = 250;
/** Messages under way to the queue from which on receipts wait without bound: WhatsApp keeps the rest for us. */
const MOST_UNDER_WAY = 100;
/** The author's device is asked to send again; after this the placeholder goes out. */
const UNDECRYPTABLE_WAIT_MS = 60_000;
/**
 * Received messages of one session: the row first, then the ratchet, then the queue, then the receipt (D8). A message that
 * had its receipt before its event was queued has a mark in the table, from which the next start publishes it; one without
 * a receipt comes again from WhatsApp and is answered from its row.
 */
export class Inbox implements InboundJournal {
  readonly #options: InboxOptions;
  readonly #lanes = new Lanes();
  readonly #persistence: Persistence;
  readonly #eventOf: EventOfRow;
  readonly #closed = new AbortController();
  /** Rows that are durable, until their ratchet step is too. */
  readonly #stored = new Map<string, InboundRow>();
  /** Keys of messages whose placeholder is going to be told. */
  readonly #placeholders = new Set<string>();

  constructor(options: InboxOptions) {
    this.#options = options;
    const { clock, signal, logger } = options;
    this.#persistence = { clock, signal, onFailure: (error) => logger.warn({ error }, 'inbound step failed') };
    signal.addEventListener('abort', () => this.close(), { once: true });
    this.#eventOf = makeEventOfRow({ ...options, persistence: this.#persistence });
  }

  async put(part: ArrivedPart): Promise<void> {
    const { table, identity } = this.#options;
    if (!isMessage(part)) {
      const { content } = fitting(part.message);
      await this.#insist(() => table.putPart(identity.sessionUid, partKey(part), content));
      return;
    }
    const row = this.#rowOf(part.message);
    const there = await this.#insist(() => table.putInbound(row));
    this.#stored.set(inboundKeyOf(row), there ? await this.#again(row, there) : row);
  }

  async find(part: ArrivedPart): Promise<Uint8Array | undefined> {
    const { table, identity } = this.#options;
    if (!isMessage(part)) return this.#insist(() => table.part(identity.sessionUid, partKey(part)));
    const key = inboundKeyOf(part.message);
    const row = await this.#insist(() => table.inbound(identity.sessionUid, key));
    if (!row || row.undecryptable) return undefined;
    this.#stored.set(key, row);
    return row.content;
  }

  async committed(part: ArrivedPart): Promise<void> {
    if (!isMessage(part)) return;
    const key = inboundKeyOf(part.message);
    const row = this.#stored.get(key);
    this.#stored.delete(key);
    if (row && isTold(row)) await this.#publishSoon(row);
  }

  async undecryptable(message: Arrival): Promise<void> {
    if (!isTold(message)) return;
    const { table, identity, clock, logger } = this.#options;
    const row: InboundRow = { ...this.#rowOf(message), undecryptable: true };
    const key = inboundKeyOf(row);
    const there = await this.#insist(() => table.putInbound(row));
    // A row without a timer: the process ended before it had made the mark, or the placeholder was told long ago.
    if ((there && !there.undecryptable) || this.#placeholders.has(key)) return;
    logger.warn({ messageId: row.wamid }, 'message could not be decrypted');
    const dueMs = clock.now() + UNDECRYPTABLE_WAIT_MS;
    const mark = { sessionUid: identity.sessionUid, arrival: row.arrival, of: key, dueMs };
    this.#placeholders.add(key);
    await this.#insist(() => table.putPending(mark));
    this.#publishLater(there ?? row, mark);
  }

  /** Publishes received messages of a time once more, for one endpoint. Resolves when they are queued, or at `stop`. */
  async replay(command: MessagesReplayCommand, stop: AbortSignal): Promise<void> {
    const { table, publishTo, logger } = this.#options;
    const { endpointId, jobId } = command;
    const publish = (event: MessageEvent | EchoEvent): Promise<void> => publishTo(endpointId, event, jobId);
    const eventOfRow = this.#eventOf;
    const persistence = this.#persistence;
    const count = await replayMessages(command, { table, eventOfRow, publish, persistence, stop });
    logger.info({ count, jobId, endpointId }, 'messages replayed');
  }

  /** Publishes what an earlier process left behind. Resolves when all of it is on its way in order. */
  async publishLeftBehind(): Promise<void> {
    const { table, identity, logger, clock } = this.#options;
    const pending = await this.#insist(() => table.listPending(identity.sessionUid));
    if (pending.length > 0) logger.info({ count: pending.length }, 'messages left behind are published');
    for (const mark of pending) {
      const row = await this.#insist(() => table.inbound(identity.sessionUid, mark.of));
      if (!row) await this.#insist(() => table.removePending(identity.sessionUid, mark.arrival));
      else if (mark.dueMs > clock.now()) this.#publishLater(row, mark);
      else this.#publishMarked(row, mark);
    }
  }

  /** The file of a message, by the key of its row. */
  async fileOf(key: string): Promise<{ readonly media: ReceivedMedia; readonly row: InboundRow } | undefined> {
    const { table, identity } = this.#options;
    const row = await this.#insist(() => table.inbound(identity.sessionUid, key));
    const told = row && (await this.#eventOf(row));
    return row && told?.media && { media: told.media, row };
  }

  /** Resolves when nothing is on its way to the queue. */
  settled(): Promise<void> {
    return this.#lanes.settled();
  }

  /** Tells no placeholder any more; what is on its way goes on. */
  close(): void {
    this.#closed.abort();
  }

  /** The receipt waits for the queue, unless that is slow: then for a durable mark. */
  async #publishSoon(row: InboundRow): Promise<void> {
    const { clock } = this.#options;
    const published = this.#lanes.add(row.chat, () => this.#publish(row));
    if (this.#lanes.size > MOST_UNDER_WAY) return published;
    if (await inTime(clock, PUBLISH_WAIT_MS, published)) return;
    // Not the row's number: the mark of its placeholder may have that.
    const arrival = this.#options.nextArrival();
    const mark = { sessionUid: row.sessionUid, arrival, of: inboundKeyOf(row), dueMs: 0 };
    await this.#insist(() => this.#options.table.putPending(mark));
    this.#unmarkAfter(mark, published);
  }

  /** A message that came before: under its first name and time, so that receivers know it again. */
  async #again(row: InboundRow, there: InboundRow): Promise<InboundRow> {
    if (!there.undecryptable) return there;
    const { wamid, arrival, sentAtMs } = there;
    const now = { ...row, wamid, arrival, sentAtMs };
    await this.#insist(() => this.#options.table.replaceInbound(now));
    return now;
  }

  #publishLater(row: InboundRow, mark: Pending): void {
    const { clock } = this.#options;
    this.#placeholders.add(mark.of);
    const cancel = clock.after(Math.max(0, mark.dueMs - clock.now()), () => this.#publishMarked(row, mark));
    this.#closed.signal.addEventListener('abort', cancel, { once: true });
  }

  #publishMarked(row: InboundRow, mark: Pending): void {
    const published = this.#lanes.add(row.chat, () => this.#publishLatest(mark));
    this.#unmarkAfter(
      mark,
      published.finally(() => this.#placeholders.delete(mark.of)),
    );
  }

  /** Of a message that came a second time only the content counts, and it has gone its own way. */
  async #publishLatest(mark: Pending): Promise<void> {
    const { table, identity } = this.#options;
    const row = await this.#insist(() => table.inbound(identity.sessionUid, mark.of));
    const superseded = mark.dueMs > 0 && !row?.undecryptable;
    if (row && !superseded) await this.#publish(row);
  }

  async #publish(row: InboundRow): Promise<void> {
    const { publish, guarded, logger, onPublished, fetchMedia } = this.#options;
    const told = await (guarded ? guarded(row, () => this.#eventOf(row)) : this.#eventOf(row));
    if (!told) return;
    const { media, order } = told;
    if (media) await fetchMedia?.(media, row);
    const event = order ? await this.#withProducts(told.event, order, row) : told.event;
    await tell(event, publish, this.#persistence);
    onPublished();
    logger.debug({ messageId: row.wamid, eventId: event.eventId, kind: event.content.type }, 'message published');
  }

  /** The products are noted in the row first: a replay tells them too. */
  async #withProducts<E extends MessageEvent | EchoEvent>(
    event: E,
    order: OrderReference,
    row: InboundRow,
  ): Promise<E> {
    const products = await this.#options.orderProducts?.(order);
    if (!products) return event;
    await this.#insist(() => this.#options.table.replaceInbound({ ...row, products }));
    return withProducts(event, products);
  }

  #unmarkAfter(mark: Pending, published: Promise<unknown>): void {
    const { table, identity, logger } = this.#options;
    published
      .then(() => this.#insist(() => table.removePending(identity.sessionUid, mark.arrival)))
      .catch((error: unknown) => logger.warn({ error, of: mark.of }, 'message left for the next start'));
  }

  #rowOf(message: Arrival): InboundRow {
    const { sessionUid } = this.#options.identity;
    const { stanzaId, chat, author, authorAlt, fromMe, chatAlt, list, profileName, sentAtMs } = message;
    const wamid = formatWamid({ sessionUid, direction: 'in', stanzaId, authorHash: personHashOf(message) });
    return {
      sessionUid,
      direction: 'in',
      stanzaId,
      wamid,
      chat,
      author,
      ...(authorAlt !== undefined && { authorAlt }),
      fromMe,
      ...(chatAlt !== undefined && { chatAlt }),
      ...(list !== undefined && { list }),
      ...(profileName !== undefined && { profileName }),
      sentAtMs,
      arrival: this.#options.nextArrival(),
      ...fitting(message),
    };
  }

  #insist<T>(work: () => Promise<T>): Promise<T> {
    return keepTrying(this.#persistence, work);
  }
}

/** A content that no row can hold must not hold up the session: it is told as unreadable, and a redelivery is answered with nothing. */
const fitting = ({ content }: Pick<Arrival, 'content'>): Pick<InboundRow, 'content' | 'tooLarge'> =>
  content.length > MOST_ROW_CONTENT_BYTES ? { content: new Uint8Array(), tooLarge: true } : { content };

/** The last ciphertext of a stanza has the content; those before it and housekeeping are kept for redeliveries only. */
const isMessage = ({ last, control }: ArrivedPart): boolean => last && !control;

const partKey = ({ message, index }: ArrivedPart): string => `${message.stanzaId}#${personHashOf(message)}#${index}`;
