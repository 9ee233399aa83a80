import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import type { InboundRow } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';

/** A message with choices that waits for its answer in a private chat. */
export interface Offer {
  /** Digits of the person's phone number. */
  readonly phone: string;
  readonly stanzaId: string;
  /** When WhatsApp took it, milliseconds since the epoch. */
  readonly atMs: number;
}

/** How long a bare number is taken for an answer, milliseconds. */
const OPEN_MS = 24 * 60 * 60_000;

export interface OffersOptions {
  readonly sessionUid: SessionUid;
  readonly table: Pick<MessageTable, 'putOffer' | 'removeOffer' | 'offers'>;
  readonly clock: Clock;
}

/**
 * The last offer of each private chat of one session that nobody has answered yet. The owner of the session is its only writer, so what
 * is in the table is read once.
 */
export class Offers {
  readonly #options: OffersOptions;
  #loaded: Promise<Map<string, Offer>> | undefined;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  /** A message with choices was sent. An earlier one of the chat is closed with that. */
  async add(offer: Offer): Promise<void> {
    const { table, sessionUid } = this.#options;
    const offers = await this.#load();
    await table.putOffer(sessionUid, offer);
    offers.set(offer.phone, offer);
  }

  /** The offer that a received text of a private chat may be the answer to: the first one after it, within 24 hours. */
  async openFor(
    row: Pick<InboundRow, 'chat' | 'author' | 'authorAlt' | 'fromMe' | 'sentAtMs'>,
  ): Promise<Offer | undefined> {
    if (row.fromMe || row.chat.endsWith('@g.us')) return undefined;
    const offers = await this.#load();
    if (offers.size === 0) return undefined;
    const phones = [row.chat, row.author, row.authorAlt].flatMap((jid) => PHONE.exec(jid ?? '')?.[1] ?? []);
    const offer = phones.map((phone) => offers.get(phone)).find((each) => each !== undefined);
    if (!offer) return undefined;
    // Senders' times are whole seconds; a message of an earlier time is told once more.
    const isBefore = row.sentAtMs + 1000 <= offer.atMs;
    return isBefore || row.sentAtMs > offer.atMs + OPEN_MS ? undefined : offer;
  }

  async close({ phone }: Offer): Promise<void> {
    const { table, sessionUid } = this.#options;
    await table.removeOffer(sessionUid, phone);
    (await this.#load()).delete(phone);
  }

  #load(): Promise<Map<string, Offer>> {
    const { table, sessionUid, clock } = this.#options;
    this.#loaded ??= table
      .offers(sessionUid)
      .then(
        (all) => new Map(all.filter(({ atMs }) => atMs + OPEN_MS > clock.now()).map((offer) => [offer.phone, offer])),
      )
      .catch((error: unknown) => {
        this.#loaded = undefined;
        throw error;
      });
    return this.#loaded;
  }
}

const PHONE = /^(\d+)@s\.whatsapp\.net$/;
