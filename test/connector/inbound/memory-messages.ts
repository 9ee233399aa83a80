import { type InboundRow, inboundKeyOf } from '../../../connector/messages/message-row.ts';
import type { MessageTable, Pending } from '../../../connector/messages/message-table.ts';

/** The messages table in memory. */
export function memoryMessages() {
  const rows = new Map<string, InboundRow>();
  const parts = new Map<string, Uint8Array>();
  const pending = new Map<number, Pending>();
  const table: MessageTable = {
    async putInbound(row) {
      const there = rows.get(inboundKeyOf(row));
      if (!there) rows.set(inboundKeyOf(row), row);
      return there;
    },
    replaceInbound: async (row) => void rows.set(inboundKeyOf(row), row),
    inbound: async (_uid, key) => rows.get(key),
    inboundByStanza: async (_uid, id) => [...rows.values()].filter(({ stanzaId }) => stanzaId === id),
    inboundBetween: async (_uid, from, to) =>
      [...rows]
        .filter(([, { sentAtMs }]) => sentAtMs >= from && sentAtMs < to)
        .toSorted(([, a], [, b]) => a.arrival - b.arrival)
        .map(([key]) => key),
    putOutbound: async () => undefined,
    outbound: async () => undefined,
    putOffer: async () => undefined,
    removeOffer: async () => undefined,
    offers: async () => [],
    putPart: async (_uid, key, plain) => void parts.set(key, plain),
    part: async (_uid, key) => parts.get(key),
    putPending: async (mark) => void pending.set(mark.arrival, mark),
    removePending: async (_uid, at) => void pending.delete(at),
    listPending: async () => [...pending.values()].toSorted((a, b) => a.arrival - b.arrival),
    putFileMark: async () => undefined,
    removeFileMark: async () => undefined,
    listFileMarks: async () => [],
    putTold: async () => undefined,
    told: async () => ({}),
    putEarly: async () => undefined,
    listEarly: async () => [],
    erase: async () => undefined,
  };
  return { table, rows, pending };
}
