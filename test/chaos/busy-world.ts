import { randomBytes } from 'node:crypto';
import { newStanzaId } from '#core/domain/ids.ts';
import { chatHashOf } from '#core/domain/shard.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import type { Bed, Identity } from '../connector/connector-bed.ts';

/** One chat of one session with a person or a group, and everything that was written in it, in order. */
export interface Chat {
  readonly session: Identity;
  readonly me: string;
  readonly friend: string;
  /** Jid user of the group; undefined for a chat of two. */
  readonly groupId?: string;
  /** Whether its messages are read, and not delivered only. */
  readonly isRead: boolean;
  readonly written: string[];
  readonly sent: string[];
}

/** Events a second that the load makes. */
export interface Rates {
  readonly received: number;
  readonly sent: number;
}

const FRIENDS_A_SESSION = 2;
/**
 * Every so many sessions have a group beside their two friends (signatures of groups cost 8 to 13 ms each), and all of those read what
 * they get: each send brings more than one receipt that way, and fewer than two.
 */
const GROUP_EVERY = 5;
const GROUP_SERVER = '@g.us';

const number = (kind: number, index: number): string => `55119${kind}${String(index).padStart(7, '0')}`;

/** Linked numbers, their friends, groups, and the load between them. */
export class BusyWorld {
  readonly chats: Chat[] = [];
  readonly sessions: Identity[] = [];
  readonly #bed: Bed;
  #turn = 0;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  /** Makes the people and links the numbers, some at a time. Needs a running connector. */
  async populate(sessions: number): Promise<void> {
    const each = Array.from({ length: sessions }, (_, index) => index);
    while (each.length > 0) await Promise.all(each.splice(0, 4).map((index) => this.#settle(index)));
  }

  async #settle(index: number): Promise<void> {
    const { phones } = this.#bed;
    const me = number(1, index);
    await phones.createPerson({ number: me, name: `Sessao ${index}` });
    const hasGroup = index % GROUP_EVERY === 0;
    const friends = Array.from({ length: FRIENDS_A_SESSION }, (_, friend) =>
      number(2, index * FRIENDS_A_SESSION + friend),
    );
    for (const friend of friends)
      await phones.createPerson({ number: friend, name: `Cliente ${friend}`, autoRead: hasGroup });
    const session = await this.#bed.createSession();
    await this.#bed.command(session, { type: 'session.start' });
    await phones.scan(me, await this.#bed.qr(session));
    await this.#bed.status(session, 'open');
    this.sessions.push(session);
    for (const friend of friends) this.chats.push({ session, me, friend, isRead: hasGroup, written: [], sent: [] });
    if (!hasGroup) return;
    const [first = me, ...others] = friends;
    const { jid } = await phones.createGroup(first, `Grupo ${index}`, [me, ...others], 'lid');
    const groupId = jid.replace(GROUP_SERVER, '');
    this.chats.push({ session, me, friend: first, groupId, isRead: true, written: [], sent: [] });
  }

  /** Writes and sends at the given rates until `signal` aborts; each chat in its own order. */
  async load(rates: Rates, signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#steadily(rates.received, signal, (chat) => this.#write(chat)),
      this.#steadily(rates.sent, signal, (chat) => this.#send(chat)),
    ]);
  }

  async #steadily(perSecond: number, signal: AbortSignal, act: (chat: Chat) => Promise<void>): Promise<void> {
    const startMs = performance.now();
    const busy = new Map<Chat, Promise<void>>();
    for (let done = 0; !signal.aborted; done++) {
      const dueMs = startMs + (done * 1000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
      const chat = this.chats[this.#turn++ % this.chats.length];
      if (!chat) return;
      const next = (busy.get(chat) ?? Promise.resolve()).then(() => act(chat));
      busy.set(chat, next);
    }
    await Promise.all(busy.values());
  }

  async #write(chat: Chat): Promise<void> {
    const text = `in ${chat.written.length}`;
    chat.written.push(text);
    const to = chat.groupId === undefined ? chat.me : `${chat.groupId}${GROUP_SERVER}`;
    await this.#bed.phones.write(chat.friend, to, text);
  }

  async #send(chat: Chat): Promise<void> {
    const { session, friend, groupId } = chat;
    const text = `out ${chat.groupId ?? friend} ${chat.sent.length}`;
    const stanzaId = newStanzaId(randomBytes);
    chat.sent.push(stanzaId);
    const to =
      groupId === undefined ? ({ type: 'individual', phone: friend } as const) : ({ type: 'group', groupId } as const);
    await this.#bed.command(
      session,
      {
        type: 'message.send',
        stanzaId,
        wamid: formatWamid({ sessionUid: session.sessionUid, direction: 'out', stanzaId }),
        to,
        content: { type: 'text', text: { body: text, previewUrl: false } },
        bizOpaqueCallbackData: text,
      },
      chatHashOf(groupId ?? friend),
    );
  }
}
