import type { OrderedItem } from '#core/contracts/inbound/order.ts';
import type { SessionUid, StanzaId } from '#core/domain/ids.ts';
import { authorHashOf, type Wamid } from '#core/domain/wamid.ts';
import type { Choices } from '../choices/choices.ts';

/** Longest content of a message, bytes: an item of DynamoDB holds 400 KB, and what else is in a row needs the rest. */
export const MOST_ROW_CONTENT_BYTES = 380_000;

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
  /** Of such a one: the other address of the person in the chat, where known. */
  readonly chatAlt?: string;
  /** Jid of the broadcast list through which it came. Absent in rows of release 0.1. */
  readonly list?: string;
  readonly profileName?: string;
  /** When WhatsApp took it first, milliseconds since the epoch. */
  readonly sentAtMs: number;
  /**
   * Order of arrival within the session: grows with every message, over restarts and owners too. A message that nobody
   * could decrypt at first keeps the number of its first arrival.
   */
  readonly arrival: number;
  /** Stanza id of the message with choices that this text answers by a number or a title, without quoting it. */
  readonly answers?: string;
  /** Of an order: what WhatsApp has told of its products. */
  readonly products?: readonly OrderedItem[];
  /** No device of ours could decrypt it yet; its content is empty. */
  readonly undecryptable?: boolean;
  /** What was in it did not fit into a row (`MOST_ROW_CONTENT_BYTES`); its content is empty. Absent in rows of release 0.1. */
  readonly tooLarge?: boolean;
}

/** What we know of one message that WhatsApp took from us. */
export interface OutboundRow extends Row {
  readonly direction: 'out';
  readonly wamid: Wamid;
  /** As the client wrote it. */
  readonly recipientId: string;
  readonly recipientType: 'individual' | 'group';
  /** Where the client wrote a user id. Absent in rows of release 0.1. */
  readonly recipientUserId?: string;
  readonly bizOpaqueCallbackData?: string;
  /** When WhatsApp acknowledged it, milliseconds since the epoch. */
  readonly acceptedAtMs: number;
  /** Of a message with buttons or a list: what can be answered. Absent in rows of release 0.1. */
  readonly choices?: Choices;
}

/** Begins the sort keys of received messages. */
export const INBOUND = 'in#';
/** Sort key of a received message: stanza ids are chosen by senders, so the author belongs to it. */
export const inboundKey = (stanzaId: string, authorHash: string): string => `${INBOUND}${stanzaId}#${authorHash}`;
export const outboundKey = (stanzaId: string): string => `out#${stanzaId}`;

/**
 * Hash of a message's author for its key and wamid. The same message may come under the author's phone number once and
 * under their LID another time; where the LID is known it names them.
 */
export function personHashOf({ author, authorAlt }: Pick<InboundRow, 'author' | 'authorAlt'>): string {
  return authorHashOf([author, authorAlt].find((jid) => jid?.endsWith('@lid')) ?? author);
}

export const inboundKeyOf = (message: Pick<InboundRow, 'stanzaId' | 'author' | 'authorAlt'>): string =>
  inboundKey(message.stanzaId, personHashOf(message));
