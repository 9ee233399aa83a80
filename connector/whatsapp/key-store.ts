import { proto, type SignalDataTypeMap, type SignalKeyStore } from '@whiskeysockets/baileys';
import type { AuthLedger, LedgerChanges } from '../auth-state/auth-ledger.ts';
import { pruned } from './session-record.ts';
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
  if (type === 'sender-key') return value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
  return value;
}

function forLedger(changes: LedgerChanges): LedgerChanges {
  const { session, 'sender-key': senderKeys } = changes;
  return {
    ...changes,
    ...(session && { session: mapped(session, pruned) }),
    ...(senderKeys && { 'sender-key': mapped(senderKeys, (value) => senderKeyOf(value as Uint8Array)) }),
  };
}

const mapped = (byId: Readonly<Record<string, unknown>>, map: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(byId).map(([id, value]) => [id, value && map(value)]));

/**
 * rc14 writes a sender key as JSON with its buffers as arrays of numbers, and cannot read those of skipped messages back
 * (whatsapp.md 4.2); as base64 it can. As a tree it also packs better than as bytes.
 */
const senderKeyOf = (record: Uint8Array): unknown =>
  JSON.parse(Buffer.from(record).toString('utf8'), (_key, value: unknown) =>
    isNumberArrayBuffer(value) ? { type: 'Buffer', data: Buffer.from(value.data).toString('base64') } : value,
  );

const isNumberArrayBuffer = (value: unknown): value is { readonly data: number[] } =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  value.type === 'Buffer' &&
  'data' in value &&
  Array.isArray(value.data);
