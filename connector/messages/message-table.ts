import * as z from 'zod';
import type { MediaId, SessionUid } from '#core/domain/ids.ts';
import { RECEIVED_MEDIA_DAYS, TableKeys } from '#core/resource-names.ts';
import type { Offer } from '../choices/offers.ts';
import type { Receipt } from '../whatsapp/whatsapp-port.ts';
import { INBOUND, type InboundRow, inboundKey, inboundKeyOf, type OutboundRow, outboundKey } from './message-row.ts';
import { SessionRows, type SessionRowsOptions } from './session-rows.ts';

/** A received message whose event is not on its queue yet. */
export interface Pending {
  readonly sessionUid: SessionUid;
  /** Order among the session's marks, and the name of this one. */
  readonly arrival: number;
  /** Sort key of its row. */
  readonly of: string;
  /**
   * Of a message that nobody could decrypt: when that is told, milliseconds since the epoch, unless it came again by then.
   * 0: a message had its receipt before it was queued.
   */
  readonly dueMs: number;
}

/** A receipt of one message. */
export type SingleReceipt = Omit<Receipt, 'stanzaIds'>;

/** A file whose message is told and which is not in S3 yet. */
export interface FileMark {
  readonly sessionUid: SessionUid;
  readonly mediaId: MediaId;
  /** Sort key of its message's row. */
  readonly of: string;
}

const ToldSchema = z.record(z.string(), z.record(z.string(), z.number()));
/** Rank of the furthest status told, by stanza id and who it was of, who may be an empty name. */
export type ToldStatuses = Readonly<z.infer<typeof ToldSchema>>;

/** The messages table. Only the connector (and later the replay function) may read it. */
export interface MessageTable {
  /** Stores a received message unless it is there. @returns the row that was there first, if any */
  putInbound(row: InboundRow): Promise<InboundRow | undefined>;
  /** Replaces the row of a message that could not be decrypted before. */
  replaceInbound(row: InboundRow): Promise<void>;
  inbound(sessionUid: SessionUid, key: string): Promise<InboundRow | undefined>;
  /** Received messages with this stanza id, whoever wrote them. */
  inboundByStanza(sessionUid: SessionUid, stanzaId: string): Promise<readonly InboundRow[]>;
  /** Keys of the messages that WhatsApp took in [`fromMs`, `toMs`), milliseconds since the epoch, in order of arrival. */
  inboundBetween(sessionUid: SessionUid, fromMs: number, toMs: number): Promise<readonly string[]>;
  putOutbound(row: OutboundRow): Promise<void>;
  outbound(sessionUid: SessionUid, stanzaId: string): Promise<OutboundRow | undefined>;
  /** The message with choices that a private chat was sent last. */
  putOffer(sessionUid: SessionUid, offer: Offer): Promise<void>;
  removeOffer(sessionUid: SessionUid, phone: string): Promise<void>;
  offers(sessionUid: SessionUid): Promise<readonly Offer[]>;
  /** Parts of a stanza that carries more than one ciphertext, all but the last. */
  putPart(sessionUid: SessionUid, key: string, plain: Uint8Array): Promise<void>;
  part(sessionUid: SessionUid, key: string): Promise<Uint8Array | undefined>;
  putPending(pending: Pending): Promise<void>;
  removePending(sessionUid: SessionUid, arrival: number): Promise<void>;
  /** In order of arrival. */
  listPending(sessionUid: SessionUid): Promise<readonly Pending[]>;
  putFileMark(mark: FileMark): Promise<void>;
  removeFileMark(sessionUid: SessionUid, mediaId: MediaId): Promise<void>;
  listFileMarks(sessionUid: SessionUid): Promise<readonly FileMark[]>;
  /** Leaves word for the next owner of how far each message's statuses were told. */
  putTold(sessionUid: SessionUid, told: ToldStatuses): Promise<void>;
  told(sessionUid: SessionUid): Promise<ToldStatuses>;
  /** Keeps a receipt of a message that has no row (yet). */
  putEarly(sessionUid: SessionUid, stanzaId: string, receipt: SingleReceipt): Promise<void>;
  /** In no order. */
  listEarly(sessionUid: SessionUid, stanzaId: string): Promise<readonly SingleReceipt[]>;
  /** Removes all rows of the session. */
  erase(sessionUid: SessionUid): Promise<void>;
}

/** Redeliveries come with the next login. */
const PART_KEPT_DAYS = 1;
/** An answer is waited for a day. */
const OFFER_KEPT_DAYS = 2;
/** Receipts of a message that come later than this after a hand-over may be told twice. */
const TOLD_KEPT_DAYS = 7;
const TOLD = 'told';
/** Its message waits to be sent again for as long as its time to live, a day by default. */
const EARLY_KEPT_DAYS = 7;
const EARLY = 'early#';
const PENDING = 'pending#';
const PART = 'part#';
const OFFER = 'offer#';
const FILE = 'file#';
const ARRIVAL_DIGITS = 17;

const pendingKey = (arrival: number): string => `${PENDING}${String(arrival).padStart(ARRIVAL_DIGITS, '0')}`;

export interface MessageTableOptions extends SessionRowsOptions {
  /** Replies, reactions and retry receipts reach back this far (D3), days. */
  readonly keptDays: number;
}

export function makeMessageTable(options: MessageTableOptions): MessageTable {
  const { keptDays } = options;
  const rows = new SessionRows(options);

  return {
    async putInbound(row) {
      const added = await rows.add(row.sessionUid, inboundKeyOf(row), row, keptDays);
      return added ? undefined : rows.get<InboundRow>(row.sessionUid, inboundKeyOf(row));
    },
    replaceInbound: (row) => rows.put(row.sessionUid, inboundKeyOf(row), row, keptDays),
    inbound: (sessionUid, key) => rows.get(sessionUid, key),
    async inboundByStanza(sessionUid, stanzaId) {
      const found = await rows.list<InboundRow>(sessionUid, inboundKey(stanzaId, ''));
      return found.filter((row) => row.stanzaId === stanzaId);
    },
    async inboundBetween(sessionUid, from, to) {
      const between = { attribute: 'sentAtMs', from, to };
      const attributes = [TableKeys.messages.sk, 'arrival'];
      const found = await rows.select<{ readonly message: string; readonly arrival: number }>(sessionUid, INBOUND, {
        between,
        attributes,
      });
      return found.toSorted((a, b) => a.arrival - b.arrival).map(({ message }) => message);
    },
    putOutbound: (row) => rows.put(row.sessionUid, outboundKey(row.stanzaId), row, keptDays),
    outbound: (sessionUid, stanzaId) => rows.get(sessionUid, outboundKey(stanzaId)),
    putOffer: (sessionUid, offer) => rows.put(sessionUid, `${OFFER}${offer.phone}`, offer, OFFER_KEPT_DAYS),
    removeOffer: (sessionUid, phone) => rows.remove(sessionUid, `${OFFER}${phone}`),
    offers: (sessionUid) => rows.list(sessionUid, OFFER),
    putPart: (sessionUid, key, plain) => rows.put(sessionUid, `${PART}${key}`, { plain }, PART_KEPT_DAYS),
    async part(sessionUid, key) {
      return (await rows.get<{ readonly plain: Uint8Array }>(sessionUid, `${PART}${key}`))?.plain;
    },
    putPending: (pending) => rows.put(pending.sessionUid, pendingKey(pending.arrival), pending, keptDays),
    removePending: (sessionUid, arrival) => rows.remove(sessionUid, pendingKey(arrival)),
    listPending: (sessionUid) => rows.list(sessionUid, PENDING),
    putFileMark: (mark) => rows.put(mark.sessionUid, `${FILE}${mark.mediaId}`, mark, RECEIVED_MEDIA_DAYS),
    removeFileMark: (sessionUid, mediaId) => rows.remove(sessionUid, `${FILE}${mediaId}`),
    listFileMarks: (sessionUid) => rows.list(sessionUid, FILE),
    // As text: DynamoDB has no empty names in maps.
    putTold: (sessionUid, told) => rows.put(sessionUid, TOLD, { told: JSON.stringify(told) }, TOLD_KEPT_DAYS),
    async told(sessionUid) {
      const row = await rows.get<{ readonly told: string }>(sessionUid, TOLD);
      return row ? ToldSchema.parse(JSON.parse(row.told)) : {};
    },
    putEarly: (sessionUid, stanzaId, receipt) =>
      rows.put(sessionUid, `${EARLY}${stanzaId}#${receipt.kind}#${receipt.person}`, receipt, EARLY_KEPT_DAYS),
    listEarly: (sessionUid, stanzaId) => rows.list(sessionUid, `${EARLY}${stanzaId}#`),
    erase: (sessionUid) => rows.erase(sessionUid),
  };
}
