import type { MessageEvent } from '#core/contracts/event.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { authorHashOf, formatWamid } from '#core/domain/wamid.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import { Lanes } from '../lanes.ts';
import { type InboundRow, inboundKey } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { Arrival, ArrivedPart, InboundJournal, ReadMessage } from '../whatsapp/whatsapp-port.ts';
import { isConversation, messageEventOf, phoneOf } from './message-event.ts';

export interface InboxOptions {
  readonly identity: SessionIdentity;
  readonly table: MessageTable;
  readonly readMessage: (content: Uint8Array) => ReadMessage;
  /** Own number for the events, digits. */
  readonly displayPhoneNumber: () => string;
  readonly publish: (event: MessageEvent) => Promise<void>;
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
/** Arrival numbers of one millisecond. */
const ARRIVALS_A_MS = 1000;

/**
 * Received messages of one session: the row first, then the ratchet, then the queue, then the receipt (D8). A message that
 * had its receipt before its event was queued has a mark in the table, from which the next start publishes it; one without
 * a receipt comes again from WhatsApp and is answered from its row.
 */
export class Inbox implements InboundJournal {
  readonly #options: InboxOptions;
  readonly #lanes = new Lanes();
  readonly #persistence: Persistence;
  #lastArrival = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    const { clock, signal, logger } = options;
    this.#persistence = { clock, signal, onFailure: (error) => logger.warn({ error }, 'inbound step failed') };
  }

  async put(part: ArrivedPart): Promise<void> {
    const { table, identity } = this.#options;
    if (!isMessage(part)) {
      await this.#insist(() => table.putPart(identity.sessionUid, partKey(part), part.message.content));
      return;
    }
    const row = this.#rowOf(part.message);
    const there = await this.#insist(() => table.putInbound(row));
    if (there?.undecryptable) await this.#insist(() => table.replaceInbound({ ...row, arrival: there.arrival }));
  }

  async find(part: ArrivedPart): Promise<Uint8Array | undefined> {
    const { table, identity } = this.#options;
    if (!isMessage(part)) return this.#insist(() => table.part(identity.sessionUid, partKey(part)));
    const row = await this.#insist(() => table.inbound(identity.sessionUid, rowKey(part.message)));
    return row?.undecryptable ? undefined : row?.content;
  }

  async committed(part: ArrivedPart): Promise<void> {
    if (!isMessage(part) || part.message.fromMe || !isConversation(part.message.chat)) return;
    await this.#publishSoon(this.#rowOf(part.message));
  }

  async undecryptable(message: Arrival): Promise<void> {
    if (message.fromMe || !isConversation(message.chat)) return;
    const { table, clock, logger } = this.#options;
    const row: InboundRow = { ...this.#rowOf(message), undecryptable: true };
    const there = await this.#insist(() => table.putInbound(row));
    if (there) return;
    logger.warn({ messageId: row.wamid }, 'message could not be decrypted');
    const dueMs = clock.now() + UNDECRYPTABLE_WAIT_MS;
    await this.#mark(row, dueMs);
    this.#publishLater(row, dueMs);
  }

  /** Publishes what an earlier process left behind. Resolves when all of it is on its way in order. */
  async replay(): Promise<void> {
    const { table, identity, logger, clock } = this.#options;
    const pending = await this.#insist(() => table.listPending(identity.sessionUid));
    if (pending.length > 0) logger.info({ count: pending.length }, 'messages left behind are published');
    for (const { of, dueMs, arrival } of pending) {
      const found = await this.#insist(() => table.inbound(identity.sessionUid, of));
      if (!found) continue;
      // The mark has the number under which it is taken away.
      const row = { ...found, arrival };
      if (dueMs > clock.now()) this.#publishLater(row, dueMs);
      else this.#publishMarked(row);
    }
  }

  /** Resolves when nothing is on its way to the queue. */
  settled(): Promise<void> {
    return this.#lanes.settled();
  }

  /** The receipt waits for the queue, unless that is slow: then for a durable mark. */
  async #publishSoon(row: InboundRow): Promise<void> {
    const { clock } = this.#options;
    const published = this.#lanes.add(row.chat, () => this.#publish(row)).then(() => true);
    if (this.#lanes.size > MOST_UNDER_WAY) {
      await published;
      return;
    }
    const waiting = new AbortController();
    const soon = await Promise.race([published, sleep(clock, PUBLISH_WAIT_MS, waiting.signal).then(() => false)]);
    waiting.abort();
    if (soon) return;
    await this.#mark(row, 0);
    this.#unmarkAfter(row, published);
  }

  #publishLater(row: InboundRow, dueMs: number): void {
    const { clock, signal } = this.#options;
    const cancel = clock.after(Math.max(0, dueMs - clock.now()), () => this.#publishMarked(row));
    signal.addEventListener('abort', cancel, { once: true });
  }

  #publishMarked(row: InboundRow): void {
    this.#unmarkAfter(
      row,
      this.#lanes.add(row.chat, () => this.#publishLatest(row)),
    );
  }

  /** Of a message that came a second time only the content counts. */
  async #publishLatest(row: InboundRow): Promise<void> {
    const { table, identity } = this.#options;
    const now = await this.#insist(() => table.inbound(identity.sessionUid, inboundKeyOf(row)));
    if (row.undecryptable && now && !now.undecryptable) return;
    await this.#publish(now ?? row);
  }

  async #publish(row: InboundRow): Promise<void> {
    const { identity, displayPhoneNumber, publish, readMessage, logger, onPublished } = this.#options;
    const read = row.undecryptable ? undefined : readMessage(row.content);
    if (read?.type === 'housekeeping') return;
    const context = read?.quoted && (await this.#contextOf(read.quoted.stanzaId));
    const content = read?.content;
    const displayed = displayPhoneNumber();
    const event = messageEventOf({
      identity,
      displayPhoneNumber: displayed,
      row,
      content,
      ...(context && { context }),
    });
    await this.#insist(() => publish(event));
    onPublished();
    logger.debug({ messageId: row.wamid, eventId: event.eventId, kind: event.content.type }, 'message published');
  }

  /** The message that this one answers, where we know it. */
  async #contextOf(stanzaId: string): Promise<MessageEvent['context']> {
    const { table, identity, displayPhoneNumber } = this.#options;
    const ours = await this.#insist(() => table.outbound(identity.sessionUid, stanzaId));
    if (ours) return { id: ours.wamid, from: displayPhoneNumber() };
    const [theirs] = await this.#insist(() => table.inboundByStanza(identity.sessionUid, stanzaId));
    if (!theirs) return undefined;
    const from = phoneOf(theirs.author) ?? (theirs.authorAlt === undefined ? undefined : phoneOf(theirs.authorAlt));
    return { id: theirs.wamid, ...(from !== undefined && { from }) };
  }

  #mark(row: InboundRow, dueMs: number): Promise<void> {
    const { table, identity } = this.#options;
    const pending = { sessionUid: identity.sessionUid, arrival: row.arrival, of: inboundKeyOf(row), dueMs };
    return this.#insist(() => table.putPending(pending));
  }

  #unmarkAfter(row: InboundRow, published: Promise<unknown>): void {
    const { table, identity, logger } = this.#options;
    published
      .then(() => this.#insist(() => table.removePending(identity.sessionUid, row.arrival)))
      .catch((error: unknown) => logger.warn({ error, messageId: row.wamid }, 'message left for the next start'));
  }

  #rowOf(message: Arrival): InboundRow {
    const { sessionUid } = this.#options.identity;
    const { stanzaId, chat, author, authorAlt, fromMe, profileName, sentAtMs, content } = message;
    const wamid = formatWamid({ sessionUid, direction: 'in', stanzaId, authorHash: authorHashOf(author) });
    return {
      sessionUid,
      direction: 'in',
      stanzaId,
      wamid,
      chat,
      author,
      ...(authorAlt !== undefined && { authorAlt }),
      fromMe,
      ...(profileName !== undefined && { profileName }),
      sentAtMs,
      arrival: this.#nextArrival(),
      content,
    };
  }

  /** Grows across restarts too, as long as the wall clock does not fall back. */
  #nextArrival(): number {
    this.#lastArrival = Math.max(this.#lastArrival + 1, this.#options.clock.now() * ARRIVALS_A_MS);
    return this.#lastArrival;
  }

  #insist<T>(work: () => Promise<T>): Promise<T> {
    return keepTrying(this.#persistence, work);
  }
}

/** The last ciphertext of a stanza has the content; those before it and housekeeping are kept for redeliveries only. */
const isMessage = ({ last, control }: ArrivedPart): boolean => last && !control;

const rowKey = ({ stanzaId, author }: Arrival): string => inboundKey(stanzaId, authorHashOf(author));
const inboundKeyOf = (row: InboundRow): string => inboundKey(row.stanzaId, authorHashOf(row.author));
const partKey = ({ message, index }: ArrivedPart): string =>
  `${message.stanzaId}#${authorHashOf(message.author)}#${index}`;
