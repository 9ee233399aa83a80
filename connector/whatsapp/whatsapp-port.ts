import type { InboundContent } from '#core/contracts/event.ts';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import type { StanzaId } from '#core/domain/ids.ts';
import type { AuthLedger } from '../auth-state/auth-ledger.ts';

/**
 * What the connector wants of a WhatsApp engine. Nothing outside this folder knows which one it is (D16).
 */
export interface WhatsApp {
  makeCaches(): SessionCaches;
  /** Opens a connection; what becomes of it is told to the listener. */
  connect(options: ConnectOptions): WhatsAppConnection;
  /** Whether these credentials belong to a linked device. */
  isLinked(credentials: unknown): boolean;
  /** Reads a received message. */
  readMessage(content: Uint8Array): ReadMessage;
}

export interface ConnectOptions {
  readonly ledger: AuthLedger;
  readonly journal: InboundJournal;
  readonly listener: ConnectionListener;
  /** Content of a message that we sent, for a device that could not decrypt it. */
  readonly sentMessage: (stanzaId: string) => Promise<Uint8Array | undefined>;
  readonly caches: SessionCaches;
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
  /** `network`: no word from WhatsApp itself. `unscanned`: nobody scanned the QR codes in time. */
  readonly cause: 'whatsapp' | 'network' | 'unscanned';
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

export interface WhatsAppConnection {
  /** Resolves in any case; a connection that ends meanwhile is `interrupted`. */
  send(message: OutgoingMessage): Promise<SendOutcome>;
  /** Eight characters to type into the phone. Only while a QR is offered. */
  requestPairingCode(phone: string): Promise<string>;
  /** Unlinks this device at WhatsApp. */
  logout(): Promise<void>;
  /** Ends the connection and keeps the link; resolves when nothing more will be read or written. */
  close(): Promise<void>;
}

export interface OutgoingMessage {
  readonly stanzaId: StanzaId;
  readonly to:
    | { readonly type: 'individual'; readonly phone: string }
    | { readonly type: 'group'; readonly groupId: string };
  readonly content: OutboundContent;
}

export type SendOutcome =
  /** WhatsApp has it. */
  | { readonly type: 'accepted'; readonly chat: string; readonly content: Uint8Array; readonly atMs: number }
  /** WhatsApp answered with an error code. */
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'not_on_whatsapp' }
  /** Unknown whether WhatsApp has it: send again under the same stanza id. */
  | { readonly type: 'interrupted'; readonly error?: unknown };

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

export type ReadMessage =
  | { readonly type: 'content'; readonly content: InboundContent; readonly quoted?: { readonly stanzaId: string } }
  /** Housekeeping that no person wrote. */
  | { readonly type: 'housekeeping'; readonly kind: string };
