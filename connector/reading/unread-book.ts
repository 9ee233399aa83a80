import type { InboundRow } from '../messages/message-row.ts';
import type { ReadMark } from '../whatsapp/whatsapp-port.ts';

type Unread = Pick<InboundRow, 'stanzaId' | 'author' | 'arrival' | 'list'>;

/** Of a session, in memory: some hundred KB. */
const REMEMBERED = 2000;

/**
 * Received messages of one session that nobody has marked as read yet, so that a mark takes in the earlier ones of its chat as Meta's
 * does. They are in memory only: after a restart the message that is named is marked, and what has come since.
 */
export class UnreadBook {
  readonly #chats = new Map<string, Unread[]>();
  #size = 0;

  /** A message was received; more than once does no harm. */
  note({ chat, stanzaId, author, arrival, list }: Pick<InboundRow, 'chat' | keyof Unread>): void {
    const unread = this.#chats.get(chat) ?? [];
    if (unread.some((each) => each.stanzaId === stanzaId && each.author === author)) return;
    // The chat with the latest message is the last one: the first is the one to forget.
    this.#chats.delete(chat);
    this.#chats.set(chat, [...unread, { stanzaId, author, arrival, ...(list !== undefined && { list }) }]);
    this.#size += 1;
    if (this.#size > REMEMBERED) this.#forgetOldest();
  }

  /** Takes out a message and the earlier ones of its chat. @returns one mark, in groups one an author; those of a broadcast list apart */
  take(row: Pick<InboundRow, 'chat' | keyof Unread>): readonly ReadMark[] {
    const { chat, arrival } = row;
    const unread = this.#chats.get(chat) ?? [];
    const isRead = (each: Unread): boolean => each.arrival <= arrival;
    const left = unread.filter((each) => !isRead(each));
    this.#size -= unread.length - left.length;
    if (left.length > 0) this.#chats.set(chat, left);
    else this.#chats.delete(chat);
    const isNamed = ({ stanzaId, author }: Unread): boolean => stanzaId === row.stanzaId && author === row.author;
    const read = [...unread.filter((each) => isRead(each) && !isNamed(each)), row];
    const isGroup = chat.endsWith('@g.us');
    const marks = Map.groupBy(read, ({ author, list }) => (isGroup ? author : list));
    return [...marks.values()].map((together) => {
      const [first] = together;
      const stanzaIds = together.map(({ stanzaId }) => stanzaId);
      const isNamed = first && (isGroup || first.list !== undefined);
      return isNamed ? { chat: first.list ?? chat, author: first.author, stanzaIds } : { chat, stanzaIds };
    });
  }

  #forgetOldest(): void {
    for (const [chat, unread] of this.#chats) {
      this.#size -= 1;
      if (unread.length === 1) this.#chats.delete(chat);
      else this.#chats.set(chat, unread.slice(1));
      return;
    }
  }
}
