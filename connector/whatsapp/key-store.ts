import { proto, type SignalDataTypeMap, type SignalKeyStore } from '@whiskeysockets/baileys';
import type { AuthLedger, LedgerChanges } from '../auth-state/auth-ledger.ts';
import type { ArrivedPart, InboundJournal } from './whatsapp-port.ts';

/**
 * Type of a received message inside a `keys.set`. Baileys passes unknown types through its transactions, which is how the
 * message and the ratchet step that decrypted it come in one call (whatsapp.md 5.3).
 */
export const INBOX = 'inbox';

/** Baileys' key store over our ledger. Messages go first, then sessions and keys, removals last (D8). */
export function keyStoreOf(options: { readonly ledger: AuthLedger; readonly journal: InboundJournal }): SignalKeyStore {
  const { ledger, journal } = options;
  return {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const values = await ledger.get(type, ids);
      for (const [id, value] of Object.entries(values)) values[id] = fromLedger(type, value);
      return values as Record<string, SignalDataTypeMap[T]>;
    },
    async set(data) {
      const { [INBOX]: inbox, ...changes } = data as LedgerChanges;
      for (const part of Object.values(inbox ?? {})) await journal.put(part as ArrivedPart);
      await ledger.set(forLedger(changes));
    },
  };
}

function fromLedger(type: keyof SignalDataTypeMap, value: unknown): unknown {
  if (type === 'app-state-sync-key') return proto.Message.AppStateSyncKeyData.fromObject(value as object);
  // Baileys marks devices in this object before it is sure that they have the key.
  if (type === 'sender-key-memory') return { ...(value as object) };
  return value;
}

function forLedger(changes: LedgerChanges): LedgerChanges {
  const senderKeys = changes['sender-key'];
  if (!senderKeys) return changes;
  const entries = Object.entries(senderKeys).map(
    ([id, value]) => [id, value && withBase64(value as Uint8Array)] as const,
  );
  return { ...changes, 'sender-key': Object.fromEntries(entries) };
}

/**
 * rc14 writes the buffers inside a sender key as arrays of numbers and cannot read those of skipped messages back
 * (whatsapp.md 4.2); as base64 it can.
 */
function withBase64(record: Uint8Array): Uint8Array {
  const tree: unknown = JSON.parse(Buffer.from(record).toString('utf8'), (_key, value: unknown) =>
    isNumberArrayBuffer(value) ? { type: 'Buffer', data: Buffer.from(value.data).toString('base64') } : value,
  );
  return Buffer.from(JSON.stringify(tree));
}

const isNumberArrayBuffer = (value: unknown): value is { readonly data: number[] } =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  value.type === 'Buffer' &&
  'data' in value &&
  Array.isArray(value.data);
