import type { MessageStatus } from '#core/contracts/event.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { MessageTable } from './message-table.ts';

/** What a status has to say of the message that it is about. */
export interface SentMessage {
  readonly wamid: Wamid;
  readonly recipientId: string;
  readonly recipientType: 'individual' | 'group';
  readonly bizOpaqueCallbackData?: string;
}

interface Entry {
  readonly message: SentMessage;
  /** Rank of the furthest status told, by participant; one entry with an empty name outside groups. */
  readonly told: Map<string, number>;
}

/** Receipts come soon after their message; older ones are looked up in the table. */
const REMEMBERED = 2000;

const RANKS: Readonly<Record<MessageStatus, number>> = { sent: 1, delivered: 2, read: 3, played: 4, failed: 5 };

/** Messages that one session sent, by stanza id: in memory first, because receipts may overtake our own row. */
export class SentBook {
  readonly #table: MessageTable;
  readonly #sessionUid: SessionUid;
  readonly #entries = new Map<string, Entry>();

  constructor(table: MessageTable, sessionUid: SessionUid) {
    this.#table = table;
    this.#sessionUid = sessionUid;
  }

  /** Call it before the message leaves. */
  remember(stanzaId: string, message: SentMessage): void {
    if (this.#entries.has(stanzaId)) return;
    this.#entries.set(stanzaId, { message, told: new Map() });
    const oldest = this.#entries.size > REMEMBERED ? this.#entries.keys().next() : undefined;
    if (oldest && !oldest.done) this.#entries.delete(oldest.value);
  }

  /** The message, undefined when it was not sent through us (the phone itself sends too). */
  async find(stanzaId: string): Promise<SentMessage | undefined> {
    const known = this.#entries.get(stanzaId);
    if (known) return known.message;
    const row = await this.#table.outbound(this.#sessionUid, stanzaId);
    if (!row) return undefined;
    const { wamid, recipientId, recipientType, bizOpaqueCallbackData } = row;
    const message = {
      wamid,
      recipientId,
      recipientType,
      ...(bizOpaqueCallbackData !== undefined && { bizOpaqueCallbackData }),
    };
    this.remember(stanzaId, message);
    return message;
  }

  /** Statuses only go forward: a read message is not told as delivered afterwards. */
  isNews(stanzaId: string, status: MessageStatus, participant = ''): boolean {
    return RANKS[status] > (this.#entries.get(stanzaId)?.told.get(participant) ?? 0);
  }

  told(stanzaId: string, status: MessageStatus, participant = ''): void {
    this.#entries.get(stanzaId)?.told.set(participant, RANKS[status]);
  }
}
