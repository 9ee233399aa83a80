import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { DeviceAddress } from './jid.ts';

/** How far a message that somebody wrote on their phone has come. */
export type MessageStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed';

export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contacts'
  | 'poll'
  | 'interactive'
  | 'reaction'
  | 'edit'
  | 'revoke'
  | 'other';

/** Encrypted media as a message names it. */
export interface MediaReference {
  readonly directPath: string;
  readonly mediaKey: string;
  readonly mimetype: string;
  readonly fileName?: string | undefined;
}

/** A button, or a row of a list, by the native flow that it belongs to. */
export interface ShownButton {
  readonly flow: string;
  readonly label: string;
  readonly id?: string;
}

/** What a phone shows beside text and file. */
export interface MessageDetails {
  readonly location?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly name?: string;
    readonly address?: string;
  };
  readonly vcards?: readonly string[];
  readonly poll?: { readonly options: readonly string[]; readonly mostChosen: number };
  readonly buttons?: readonly ShownButton[];
  /** The message that this one answers, with the jid of its author. */
  readonly quoted?: { readonly id: string; readonly author: string; readonly text: string | undefined };
  /** Jids. */
  readonly mentions?: readonly string[];
  /** Of a text: the page that it names. */
  readonly preview?: {
    readonly url: string;
    readonly title: string;
    readonly description?: string;
    /** JPEG, base64. */
    readonly thumbnail?: string;
  };
  readonly isForwarded?: boolean;
  readonly isVoice?: boolean;
  readonly isAnimated?: boolean;
  /** Of a picture, film or sticker: pixels, as the message says. */
  readonly sides?: readonly [width: number, height: number];
  /** Of a picture: JPEG, base64. */
  readonly thumbnail?: string;
  /** Of a film or of sound. */
  readonly seconds?: number;
}

/** What a decrypted message says, as far as a phone shows it. */
export interface ShownContent {
  readonly kind: MessageKind;
  readonly text?: string | undefined;
  readonly media?: MediaReference | undefined;
  /** Id of the message that this one answers, reacts to, edits or revokes. */
  readonly targetId?: string | undefined;
  readonly details?: MessageDetails;
}

/** One bubble (or reaction, edit, revocation) as a phone shows it. */
export interface PhoneMessage extends ShownContent {
  /** Stanza id. */
  readonly id: string;
  /** The other person's number, or the group's jid. */
  readonly chat: string;
  /** Number of the author. */
  readonly author: string;
  readonly fromMe: boolean;
  /** Device of the author that wrote it; 0 is the phone. */
  readonly authorDevice: number;
  readonly timestampMs: number;
  readonly pushName?: string | undefined;
  readonly isEdited?: boolean;
  readonly isRevoked?: boolean;
  readonly status?: MessageStatus | undefined;
  /** How many different stanzas brought this message; one is right. */
  readonly arrivals: number;
}

/** One stanza as it came in, for tests that look for doubles. */
export interface StanzaRecord {
  readonly id: string;
  readonly tag: string;
  readonly type?: string | undefined;
  readonly from: string;
  readonly participant?: string | undefined;
  readonly encryption: readonly string[];
  readonly timestampMs: number;
  readonly device: number;
  /** Whether it could be decrypted; undefined for stanzas without encrypted parts. */
  readonly isDecrypted?: boolean | undefined;
}

const FIND = 'SELECT seq, body FROM messages WHERE number = ? AND id = ? ORDER BY seq';
const PAGE = 'SELECT body FROM messages WHERE number = ? AND (? IS NULL OR chat = ?) ORDER BY seq DESC LIMIT ?';

/** What each phone shows, and every stanza that came to it. */
export class MessageLog {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #find: StatementSync;
  readonly #page: StatementSync;
  readonly #proto: StatementSync;
  readonly #anyProto: StatementSync;
  readonly #insertStanza: StatementSync;
  readonly #stanzas: StatementSync;
  readonly #chatters: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'INSERT INTO messages (number, chat, author, id, from_me, body, proto) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#update = database.prepare('UPDATE messages SET body = ? WHERE seq = ?');
    this.#find = database.prepare(FIND);
    this.#page = database.prepare(PAGE);
    this.#proto = database.prepare('SELECT proto FROM messages WHERE number = ? AND id = ? AND from_me = 1');
    this.#anyProto = database.prepare('SELECT proto FROM messages WHERE number = ? AND id = ? ORDER BY seq LIMIT 1');
    this.#insertStanza = database.prepare(
      'INSERT OR IGNORE INTO stanza_log (number, device, queue_seq, body) VALUES (?, ?, ?, ?)',
    );
    this.#chatters = database.prepare('SELECT DISTINCT number FROM messages WHERE chat = ?');
    this.#stanzas = database.prepare('SELECT body FROM stanza_log WHERE number = ? ORDER BY seq DESC LIMIT ?');
  }

  /** Numbers whose phones show a chat with that one. */
  knownTo(number: string): string[] {
    return this.#chatters.all(number).map((row) => String(row['number']));
  }

  /**
   * Shows a message on a phone. One with the same chat, author and id is the same bubble: it is not shown again, only
   * its number of arrivals grows. Returns the message as it is shown now.
   */
  show(number: string, message: PhoneMessage, encoded: Uint8Array): PhoneMessage {
    const shown = this.#rows(number, message.id).find(
      (row) => row.message.chat === message.chat && row.message.author === message.author,
    );
    if (shown) {
      const again = { ...shown.message, arrivals: shown.message.arrivals + 1 };
      this.#update.run(JSON.stringify(again), shown.seq);
      return again;
    }
    const { chat, author, id, fromMe } = message;
    this.#insert.run(number, chat, author, id, Number(fromMe), JSON.stringify(message), encoded);
    return message;
  }

  /** Messages of that phone with that id; senders choose ids, so there may be several. */
  find(number: string, id: string): PhoneMessage[] {
    return this.#rows(number, id).map((row) => row.message);
  }

  /** Changes the messages of that phone with that id which `matches` picks; returns their new state. */
  change(number: string, id: string, change: (message: PhoneMessage) => PhoneMessage | undefined): PhoneMessage[] {
    return this.#rows(number, id).flatMap(({ seq, message }) => {
      const changed = change(message);
      if (!changed) return [];
      this.#update.run(JSON.stringify(changed), seq);
      return [changed];
    });
  }

  /** The newest `limit` messages of a phone, or of one of its chats, newest last. */
  list(number: string, chat: string | undefined, limit: number): PhoneMessage[] {
    return this.#page
      .all(number, chat ?? null, chat ?? null, limit)
      .map((row) => messageIn(row))
      .toReversed();
  }

  /** The encoded proto of a message that this phone wrote itself. */
  ownProto(number: string, id: string): Uint8Array | undefined {
    const encoded = this.#proto.get(number, id)?.['proto'];
    return encoded instanceof Uint8Array ? encoded : undefined;
  }

  /** The encoded proto of a message that this phone shows, whoever wrote it. */
  proto(number: string, id: string): Uint8Array | undefined {
    const encoded = this.#anyProto.get(number, id)?.['proto'];
    return encoded instanceof Uint8Array ? encoded : undefined;
  }

  /** Records a stanza once per place in the server's queue. */
  recordStanza(address: DeviceAddress, queueSeq: number, record: StanzaRecord): void {
    this.#insertStanza.run(address.number, address.device, queueSeq, JSON.stringify(record));
  }

  /** The newest `limit` stanzas that came to a person's simulated devices, newest last. */
  stanzas(number: string, limit: number): StanzaRecord[] {
    return this.#stanzas
      .all(number, limit)
      .map((row) => JSON.parse(String(row['body'])) as StanzaRecord)
      .toReversed();
  }

  #rows(number: string, id: string): { readonly seq: number; readonly message: PhoneMessage }[] {
    return this.#find.all(number, id).map((row) => ({ seq: Number(row['seq']), message: messageIn(row) }));
  }
}

function messageIn(row: Record<string, SQLOutputValue>): PhoneMessage {
  return JSON.parse(String(row['body'])) as PhoneMessage;
}
