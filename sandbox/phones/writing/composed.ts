import type { proto } from '@whiskeysockets/baileys';

/** A message before it is encrypted. */
export interface Composed {
  readonly message: proto.IMessage;
  /** What the stanza says of it. */
  readonly type: 'text' | 'media' | 'reaction' | 'poll';
  readonly mediaType?: string | undefined;
  /** What the stanza says of edits (`1`) and revocations (`7`). */
  readonly edit?: string | undefined;
}

/** The message that somebody answers, reacts to, edits, votes in or takes back, as protos name it. */
export interface MessageKey {
  readonly remoteJid: string;
  readonly fromMe: boolean;
  readonly id: string;
  readonly participant?: string | undefined;
}

/** Such a message, as the phone knows it. */
export interface Target {
  readonly key: MessageKey;
  /** Jid of its author. */
  readonly author: string;
  readonly message: proto.IMessage;
}

/** Whoever writes. */
export interface Writer {
  /** Own jid, as the stanza names it. */
  readonly jid: string;
  readonly nowMs: number;
  readonly random: (size: number) => Buffer;
  /** The message with this id on the phone. Throws when there is none. */
  readonly target: (id: string) => Target;
}
