import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from '@whiskeysockets/baileys';
import { BufferJSON } from '@whiskeysockets/baileys';
import { inTransaction, prepared } from '../store/database.ts';
import type { DeviceAddress } from '../store/jid.ts';

/** A simulated device's private keys and ratchets on disk. One `set` is written whole or not at all. */
export class PhoneKeyStore implements SignalKeyStore {
  readonly #database: DatabaseSync;
  readonly #address: DeviceAddress;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, address: DeviceAddress) {
    this.#database = database;
    this.#address = address;
    this.#select = prepared(
      database,
      'SELECT value FROM phone_keys WHERE number = ? AND device = ? AND type = ? AND id = ?',
    );
    this.#insert = prepared(database, 'INSERT OR REPLACE INTO phone_keys VALUES (?, ?, ?, ?, ?)');
    this.#delete = prepared(database, 'DELETE FROM phone_keys WHERE number = ? AND device = ? AND type = ? AND id = ?');
  }

  get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): { [id: string]: SignalDataTypeMap[T] } {
    const found: { [id: string]: SignalDataTypeMap[T] } = {};
    for (const id of ids) {
      const value = this.read(type, id);
      if (value === undefined) continue;
      const usable = type === 'sender-key' && value instanceof Uint8Array ? withReadableBuffers(value) : value;
      found[id] = usable as SignalDataTypeMap[T];
    }
    return found;
  }

  set(data: SignalDataSet): void {
    inTransaction(this.#database, () => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) this.write(type, id, value);
      }
    });
  }

  /** Reads one value; undefined when there is none. */
  read(type: string, id: string): unknown {
    const row = this.#select.get(this.#address.number, this.#address.device, type, id);
    const value = row?.['value'];
    return value instanceof Uint8Array
      ? JSON.parse(Buffer.from(value).toString('utf8'), BufferJSON.reviver)
      : undefined;
  }

  /** Writes one value; null or undefined deletes it. */
  write(type: string, id: string, value: unknown): void {
    const { number, device } = this.#address;
    if (value === null || value === undefined) this.#delete.run(number, device, type, id);
    else this.#insert.run(number, device, type, id, Buffer.from(JSON.stringify(value, BufferJSON.replacer)));
  }
}

/** A Buffer as plain JSON writes it; Baileys' reviver only knows base64. */
const NUMBER_ARRAY = /\{"type":"Buffer","data":\[([\d,]*)\]\}/g;

/** Rewrites the buffers in a sender key's JSON so that Baileys can read skipped keys back. */
function withReadableBuffers(record: Uint8Array): Buffer {
  const text = Buffer.from(record).toString('utf8');
  return Buffer.from(
    text.replace(NUMBER_ARRAY, (_, numbers: string) => {
      const bytes = Buffer.from(numbers === '' ? [] : numbers.split(',').map(Number));
      return JSON.stringify({ type: 'Buffer', data: bytes.toString('base64') });
    }),
  );
}
