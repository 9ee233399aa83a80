import type { SessionUid } from '#core/domain/ids.ts';
import { authorHashOf } from '#core/domain/wamid.ts';
import { type InboundRow, inboundKey, type OutboundRow, outboundKey } from './message-row.ts';
import { SessionRows, type SessionRowsOptions } from './session-rows.ts';

/** A received message whose event is not on its queue yet. */
export interface Pending {
  readonly sessionUid: SessionUid;
  readonly arrival: number;
  /** Sort key of its row. */
  readonly of: string;
  /** Not to be published before, milliseconds since the epoch. */
  readonly dueMs: number;
}

/** The messages table. Only the connector (and later the replay function) may read it. */
export interface MessageTable {
  /** Stores a received message unless it is there. @returns the row that was there first, if any */
  putInbound(row: InboundRow): Promise<InboundRow | undefined>;
  /** Replaces the row of a message that could not be decrypted before. */
  replaceInbound(row: InboundRow): Promise<void>;
  inbound(sessionUid: SessionUid, key: string): Promise<InboundRow | undefined>;
  /** Received messages with this stanza id, whoever wrote them. */
  inboundByStanza(sessionUid: SessionUid, stanzaId: string): Promise<readonly InboundRow[]>;
  putOutbound(row: OutboundRow): Promise<void>;
  outbound(sessionUid: SessionUid, stanzaId: string): Promise<OutboundRow | undefined>;
  /** Parts of a stanza that carries more than one ciphertext, all but the last. */
  putPart(sessionUid: SessionUid, key: string, plain: Uint8Array): Promise<void>;
  part(sessionUid: SessionUid, key: string): Promise<Uint8Array | undefined>;
  putPending(pending: Pending): Promise<void>;
  removePending(sessionUid: SessionUid, arrival: number): Promise<void>;
  /** In order of arrival. */
  listPending(sessionUid: SessionUid): Promise<readonly Pending[]>;
  /** Removes all rows of the session. */
  erase(sessionUid: SessionUid): Promise<void>;
}

/** Redeliveries come with the next login. */
const PART_KEPT_DAYS = 1;
const PENDING = 'pending#';
const PART = 'part#';
const ARRIVAL_DIGITS = 17;

const pendingKey = (arrival: number): string => `${PENDING}${String(arrival).padStart(ARRIVAL_DIGITS, '0')}`;
const keyOfInbound = (row: InboundRow): string => inboundKey(row.stanzaId, authorHashOf(row.author));

export interface MessageTableOptions extends SessionRowsOptions {
  /** Replies, reactions and retry receipts reach back this far (D3), days. */
  readonly keptDays: number;
}

export function makeMessageTable(options: MessageTableOptions): MessageTable {
  const { keptDays } = options;
  const rows = new SessionRows(options);

  return {
    async putInbound(row) {
      const added = await rows.add(row.sessionUid, keyOfInbound(row), row, keptDays);
      return added ? undefined : rows.get<InboundRow>(row.sessionUid, keyOfInbound(row));
    },
    replaceInbound: (row) => rows.put(row.sessionUid, keyOfInbound(row), row, keptDays),
    inbound: (sessionUid, key) => rows.get(sessionUid, key),
    async inboundByStanza(sessionUid, stanzaId) {
      const found = await rows.list<InboundRow>(sessionUid, inboundKey(stanzaId, ''));
      return found.filter((row) => row.stanzaId === stanzaId);
    },
    putOutbound: (row) => rows.put(row.sessionUid, outboundKey(row.stanzaId), row, keptDays),
    outbound: (sessionUid, stanzaId) => rows.get(sessionUid, outboundKey(stanzaId)),
    putPart: (sessionUid, key, plain) => rows.put(sessionUid, `${PART}${key}`, { plain }, PART_KEPT_DAYS),
    async part(sessionUid, key) {
      return (await rows.get<{ readonly plain: Uint8Array }>(sessionUid, `${PART}${key}`))?.plain;
    },
    putPending: (pending) => rows.put(pending.sessionUid, pendingKey(pending.arrival), pending, keptDays),
    removePending: (sessionUid, arrival) => rows.remove(sessionUid, pendingKey(arrival)),
    listPending: (sessionUid) => rows.list(sessionUid, PENDING),
    erase: (sessionUid) => rows.erase(sessionUid),
  };
}
