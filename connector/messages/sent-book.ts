import type { MessageStatus } from '#core/contracts/event.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { MessageTable, ToldStatuses } from './message-table.ts';

/** What a status has to say of the message that it is about. */
export interface SentMessage {
  readonly wamid: Wamid;
  readonly recipientId: string;
  readonly recipientType: 'individual' | 'group';
  readonly recipientUserId?: string;
  readonly bizOpaqueCallbackData?: string;
}

interface Entry {
  readonly message: SentMessage;
  /** Rank of the furthest status told, by participant; one entry with an empty name outside groups. */
  readonly told: Map<string, number>;
}

/** Receipts come soon after their message; older ones are looked up in the table. */
const REMEMBERED = 2000;
/** Of these the next owner is told how far their statuses went: 20 KB at most. */
const HANDED_OVER = 400;

export const RANKS: Readonly<Record<MessageStatus, number>> = { sent: 1, delivered: 2, read: 3, played: 4, failed: 5 };

/** Messages that one session sent, by stanza id: in memory first, because receipts may overtake our own row. */
export class SentBook {
  readonly #table: MessageTable;
  readonly #sessionUid: SessionUid;
  readonly #entries = new Map<string, Entry>();
  #inherited: Promise<ToldStatuses> | undefined;

  constructor(table: MessageTable, sessionUid: SessionUid) {
    this.#table = table;
    this.#sessionUid = sessionUid;
  }

  /** Call it before the message leaves. */
  remember(stanzaId: string, message: SentMessage): void {
    if (this.#entries.has(stanzaId)) return;
    this.#keep(stanzaId, { message, told: new Map() });
  }

  /**
   * The message, undefined when it was not sent through us (the phone itself sends too). One that this process did not send
   * goes on from where the owner before has left word; after a crash there is none.
   */
  async find(stanzaId: string): Promise<SentMessage | undefined> {
    const known = this.#entries.get(stanzaId);
    if (known) return known.message;
    const row = await this.#table.outbound(this.#sessionUid, stanzaId);
    if (!row) return undefined;
    const { wamid, recipientId, recipientType, recipientUserId, bizOpaqueCallbackData } = row;
    const message = {
      wamid,
      recipientId,
      recipientType,
      ...(recipientUserId !== undefined && { recipientUserId }),
      ...(bizOpaqueCallbackData !== undefined && { bizOpaqueCallbackData }),
    };
    const inherited = await this.#inherit();
    // Another receipt of the same message may have been here meanwhile.
    if (!this.#entries.has(stanzaId)) {
      this.#keep(stanzaId, { message, told: new Map(Object.entries(inherited[stanzaId] ?? {})) });
    }
    return message;
  }

  /** Leaves word for the next owner, so that no status is told twice or backwards. One write, none where nothing was sent. */
  async handOver(): Promise<void> {
    const latest = [...this.#entries].filter(([, { told }]) => told.size > 0).slice(-HANDED_OVER);
    if (latest.length === 0) return;
    const told = Object.fromEntries(latest.map(([stanzaId, entry]) => [stanzaId, Object.fromEntries(entry.told)]));
    await this.#table.putTold(this.#sessionUid, told);
  }

  #keep(stanzaId: string, entry: Entry): void {
    this.#entries.set(stanzaId, entry);
    const oldest = this.#entries.size > REMEMBERED ? this.#entries.keys().next() : undefined;
    if (oldest && !oldest.done) this.#entries.delete(oldest.value);
  }

  /** Statuses only go forward: a read message is not told as delivered afterwards. */
  isNews(stanzaId: string, status: MessageStatus, participant = ''): boolean {
    return RANKS[status] > (this.#entries.get(stanzaId)?.told.get(participant) ?? 0);
  }

  told(stanzaId: string, status: MessageStatus, participant = ''): void {
    this.#entries.get(stanzaId)?.told.set(participant, RANKS[status]);
  }

  #inherit(): Promise<ToldStatuses> {
    this.#inherited ??= this.#table.told(this.#sessionUid).catch((error: unknown) => {
      this.#inherited = undefined;
      throw error;
    });
    return this.#inherited;
  }
}
