import type { SessionUid, StanzaId } from '#core/domain/ids.ts';
import type { Wamid } from '#core/domain/wamid.ts';

interface Row {
  readonly sessionUid: SessionUid;
  readonly stanzaId: StanzaId;
  /** Jid of the chat as WhatsApp named it in this stanza. */
  readonly chat: string;
  /** The message as WhatsApp's protobuf, without padding. */
  readonly content: Uint8Array;
}

/**
 * What we know of one received message (D3). It is the journal of D8 too: written before the ratchet step that decrypted
 * it, so a redelivery is answered from here.
 */
export interface InboundRow extends Row {
  readonly direction: 'in';
  readonly wamid: Wamid;
  /** The author's jid as first seen, without device. */
  readonly author: string;
  /** The same person's other address, phone number for LID or the reverse, where the stanza said it. */
  readonly authorAlt?: string;
  /** Written on our own number's phone or another device of it. */
  readonly fromMe: boolean;
  readonly profileName?: string;
  /** When WhatsApp took it, milliseconds since the epoch. */
  readonly sentAtMs: number;
  /** Order of arrival within the session. */
  readonly arrival: number;
  /** No device of ours could decrypt it yet; its content is empty. */
  readonly undecryptable?: boolean;
}

/** What we know of one message that WhatsApp took from us. */
export interface OutboundRow extends Row {
  readonly direction: 'out';
  readonly wamid: Wamid;
  /** As the client wrote it. */
  readonly recipientId: string;
  readonly recipientType: 'individual' | 'group';
  readonly bizOpaqueCallbackData?: string;
  /** When WhatsApp acknowledged it, milliseconds since the epoch. */
  readonly acceptedAtMs: number;
}

/** Sort key of a received message: stanza ids are chosen by senders, so the author belongs to it. */
export const inboundKey = (stanzaId: string, authorHash: string): string => `in#${stanzaId}#${authorHash}`;
export const outboundKey = (stanzaId: string): string => `out#${stanzaId}`;
