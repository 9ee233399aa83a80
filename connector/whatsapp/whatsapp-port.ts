import type { Readable } from 'node:stream';
import type { InboundContent, MessageEvent } from '#core/contracts/event.ts';
import type { MediaId, StanzaId } from '#core/domain/ids.ts';
import type { MediaKind } from '#core/domain/media-kinds.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { AuthLedger, LedgerIds } from '../auth-state/auth-ledger.ts';
import type { Proxy } from '../config.ts';
import type { WhatsAppAccount } from './account-port.ts';
import type { OutgoingMessage, ReadMark, SendOutcome } from './outgoing-message.ts';

/**
 * What the connector wants of a WhatsApp engine. Nothing outside this folder knows which one it is (D16).
 */
export interface WhatsApp {
  /** WhatsApp Web's version that it logs in as. */
  readonly version: string;
  makeCaches(): SessionCaches;
  /** Opens a connection; what becomes of it is told to the listener. */
  connect(options: ConnectOptions): WhatsAppConnection;
  /** Whether these credentials belong to a linked device. */
  isLinked(credentials: unknown): boolean;
  /** What it will ask of the ledger at a login of this number, whatever comes after that; less when the number is not known yet. */
  askedAtLogin(own: OwnNumber | undefined): LedgerIds;
  /** Addresses of a number, without device; none when it is not known yet. */
  jidsOf(own: OwnNumber | undefined): readonly string[];
  /**
   * Reads a received message: what it says, or that no person wrote it.
   * @param find looks up the messages that it speaks of
   * @throws what the decoder throws for bytes that are no message
   */
  readMessage(message: ReceivedMessage, find: FindMessage): Promise<ReadMessage>;
  /**
   * The file of a received message, decrypted; what the stream gives out is believed when it has ended without error.
   * @throws MediaGoneError when WhatsApp has not got it any more, Error when it can't be had now
   */
  openMedia(media: ReceivedMedia, proxy: Proxy | undefined): Promise<Readable>;
}

export interface ConnectOptions {
  readonly ledger: AuthLedger;
  readonly journal: InboundJournal;
  readonly listener: ConnectionListener;
  /** Content of a message that we sent, for a device that could not decrypt it. */
  readonly sentMessage: (stanzaId: string) => Promise<Uint8Array | undefined>;
  readonly caches: SessionCaches;
  /** The acknowledgement to WhatsApp waits for this. */
  readonly onCall: (call: IncomingCall) => Promise<void>;
  /** The acknowledgement to WhatsApp waits for this. */
  readonly onNumberChange: (change: NumberChange) => Promise<void>;
  /** Everything of this connection goes through it. */
  readonly proxy?: Proxy;
}

/** Memory that outlives one connection of a session; only the engine knows what is in it. */
export type SessionCaches = Readonly<Record<string, unknown>>;

/** The session's own number, as far as WhatsApp has told it. */
export interface OwnNumber {
  /** Digits, E.164 without plus. */
  readonly phoneNumber: string;
  /** LID user part. */
  readonly lid?: string;
  readonly profileName?: string;
}

/** How a connection ended. */
export interface Closed {
  /** WhatsApp's code (whatsapp.md section 7), or the HTTP status of a refused upgrade. */
  readonly code: number;
  /**
   * `network`: no word from WhatsApp itself. `upgrade`: an HTTP status instead of a WebSocket. `deaf`: nothing came any more, so we
   * ended it. `unscanned`: nobody scanned the QR codes in time.
   */
  readonly cause: 'whatsapp' | 'network' | 'upgrade' | 'deaf' | 'unscanned';
  /** It was to go through a proxy, and WhatsApp never said a word. */
  readonly proxied?: boolean;
  /** How long a ban lasts, as WhatsApp wrote it: seconds from now, or since the epoch. */
  readonly banS?: number;
}

/** Callbacks of one connection; none is called after `onClosed`, which comes exactly once. */
export interface ConnectionListener {
  /** A new pairing QR, good for `livesMs` milliseconds. */
  onQr(qr: string, livesMs: number): void;
  /** The phone scanned; WhatsApp closes next and wants a new connection. */
  onPaired(own: OwnNumber): void;
  onOpen(own: OwnNumber): void;
  /** WhatsApp told more of the number than it had by then, such as its profile name after the first pairing. */
  onOwnNumber(own: OwnNumber): void;
  /** The acknowledgement to WhatsApp waits for this. */
  onReceipt(receipt: Receipt): Promise<void>;
  onClosed(closed: Closed): void;
}

export type {
  LinkPreview,
  OutgoingMedia,
  OutgoingMessage,
  ReadMark,
  ReferredMessage,
  SendOutcome,
} from './outgoing-message.ts';

export interface WhatsAppConnection {
  /** What can be asked on it. */
  readonly account: WhatsAppAccount;
  /** Milliseconds since WhatsApp sent anything. */
  readonly lastFrameAgeMs: number;
  /** Messages that wait for WhatsApp's acknowledgement. */
  readonly pendingAcks: number;
  /** Resolves in any case; a connection that ends meanwhile is `interrupted`. */
  send(message: OutgoingMessage): Promise<SendOutcome>;
  /** Tells the author that a message was read. @throws when the line is broken */
  markRead(mark: ReadMark): Promise<void>;
  /** Shows in a chat that somebody is typing, or not any more. @throws when the line is broken */
  setTyping(chat: string, isTyping: boolean): Promise<void>;
  /** Eight characters to type into the phone. Only while a QR is offered. */
  requestPairingCode(phone: string): Promise<string>;
  /**
   * Asks our number's phone to put the file of a received message on WhatsApp's host once more.
   * @returns where it lies now. @throws Error when the phone does not answer in time, or has not got it either
   */
  askForMedia(media: ReceivedMedia, of: ReceivedMessage): Promise<ReceivedMedia>;
  /** Unlinks this device at WhatsApp. */
  logout(): Promise<void>;
  /** Ends the connection and keeps the link; resolves when nothing more will be read or written. */
  close(): Promise<void>;
}

/** Somebody calls our number, or the call has ended for this device. */
export interface IncomingCall {
  readonly callId: string;
  readonly event: 'connect' | 'terminate';
  /** Of one that has ended: somebody took it on another device of ours. */
  readonly taken?: boolean;
  readonly video: boolean;
  /** Jids of who calls, without device. */
  readonly caller: readonly string[];
  readonly groupId?: string;
  readonly atMs: number;
}

/** Somebody has a new number, and so a new account. */
export interface NumberChange {
  /** Of the notification. */
  readonly stanzaId: StanzaId;
  /** Jids of the person until now, and from now on: phone number and LID, as far as they are told. */
  readonly before: readonly string[];
  readonly now: readonly string[];
  /** Told in a group. */
  readonly groupId?: string;
  readonly atMs: number;
}

export type ReceiptKind = 'delivered' | 'read' | 'played';

/** Somebody else's device received, read or played messages of ours. */
export interface Receipt {
  readonly kind: ReceiptKind;
  readonly stanzaIds: readonly string[];
  /** Jid of the chat. */
  readonly chat: string;
  /** Jid of who it was, without device. */
  readonly person: string;
  /** In groups: digits of the phone number of who it was, where known. */
  readonly participant?: string;
  readonly atMs: number;
}

/** A message as it arrived. Jids are without device. */
export interface Arrival {
  readonly stanzaId: StanzaId;
  readonly chat: string;
  readonly author: string;
  readonly authorAlt?: string;
  /** Written by our own number on another device. */
  readonly fromMe: boolean;
  /** Of such a one: the other address of the person in the chat, where known. */
  readonly chatAlt?: string;
  /** Jid of the broadcast list through which it came; whatever answers the message itself goes there. */
  readonly list?: string;
  readonly profileName?: string;
  readonly sentAtMs: number;
  /** Protobuf without padding; empty when nothing could be decrypted. */
  readonly content: Uint8Array;
}

/** One ciphertext of a stanza; most stanzas have one. */
export interface ArrivedPart {
  readonly message: Arrival;
  readonly index: number;
  /** Of the last part, which holds the content. */
  readonly last: boolean;
  /** Of WhatsApp's own housekeeping between devices of one number; never an event. */
  readonly control: boolean;
}

/** Where arrivals become durable, in this order: put, ratchet, published, receipt (D8). */
export interface InboundJournal {
  /** Resolves when the part is durable. Rejects only when the session is over. */
  put(part: ArrivedPart): Promise<void>;
  /** Content of a part that was stored before. */
  find(part: ArrivedPart): Promise<Uint8Array | undefined>;
  /** The ratchet step is durable too; the receipt waits for this. */
  committed(part: ArrivedPart): Promise<void>;
  /** No key fits. WhatsApp asks the author's device to send again. */
  undecryptable(message: Arrival): Promise<void>;
}

/** A message that arrived, as its row has it. Jids are without device. */
export interface ReceivedMessage {
  readonly wamid: Wamid;
  readonly chat: string;
  readonly author: string;
  readonly authorAlt?: string;
  /** Written by our own number on another device. */
  readonly fromMe: boolean;
  readonly chatAlt?: string;
  readonly list?: string;
  readonly content: Uint8Array;
}

/** Stands for the jid of our own number. */
export const US = 'us';

/** Another message that a received one speaks of: answers, reacts to, changes, votes in. */
export interface MessageReference {
  readonly stanzaId: string;
  /** Jid of who wrote it, without device; `US`: our own number did. */
  readonly author: string;
}

/** What we know of such a message; its wamid in any case. */
export interface KnownMessage {
  readonly wamid: Wamid;
  /** Digits of its author's phone number, where known. */
  readonly from?: string;
  /** Jids of its author. */
  readonly authors: readonly string[];
  /** Protobuf without padding; absent when the message is not in our table (any more). */
  readonly content?: Uint8Array;
}

export type FindMessage = (reference: MessageReference) => Promise<KnownMessage>;

/** Where WhatsApp keeps the file of a received message, encrypted, and how it is opened. */
export interface ReceivedMedia {
  /** The name it has in the event: `receivedMediaIdOf` its message. */
  readonly mediaId: MediaId;
  readonly kind: MediaKind;
  /** Path on WhatsApp's media host; the host in the message is its sender's choice and is not read (D11). */
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly mimeType: string;
  /** Of the file itself, as its sender says. */
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  /** Of the encrypted file; some senders leave it out. */
  readonly encSha256?: Uint8Array;
  readonly fileName?: string;
}

/** By what WhatsApp tells the products of an order. */
export interface OrderReference {
  readonly orderId: string;
  /** Base64, out of the order's message. */
  readonly token: string;
}

/** WhatsApp has not got the file (any more); the phone of our number may have it still. */
export class MediaGoneError extends Error {
  override readonly name = 'MediaGoneError';
}

/** A message that a person wrote, as far as the engine alone can tell it. */
export interface ReadContent extends Pick<MessageEvent, 'context' | 'forwarded' | 'referral' | 'referredProduct'> {
  readonly type: 'content';
  readonly content: InboundContent;
  readonly media?: ReceivedMedia;
  /** Of an order: its products are to be asked for. */
  readonly order?: OrderReference;
}

export type ReadMessage =
  | ReadContent
  /** Housekeeping that no person wrote. */
  | { readonly type: 'housekeeping'; readonly kind: string };
