import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { prepared } from './database.ts';
import type { Addressing, DeviceAddress } from './jid.ts';
import { addressKey } from './jid.ts';

/** `phone`: a simulated phone. `twin`: a simulated further device of a simulated person. `companion`: a real client. */
type DeviceKind = 'phone' | 'twin' | 'companion';

export interface SignedPreKey {
  readonly id: number;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

/** A device's public keys as the server hands them out. */
export interface PublicKeys {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPreKey: SignedPreKey;
}

export interface PreKey {
  readonly id: number;
  readonly value: Uint8Array;
}

export interface Device extends DeviceAddress {
  readonly kind: DeviceKind;
  readonly state: 'linked' | 'removed';
  readonly name: string | undefined;
  readonly keyIndex: number;
  readonly linkedMs: number;
  /** Whether the phone has told this companion its history and keys. */
  readonly greeted: boolean;
  readonly noiseKey: Uint8Array | undefined;
  readonly keys: PublicKeys | undefined;
  readonly advIdentity: Uint8Array | undefined;
}

/** What becomes known of a companion when it is linked. */
export interface NewCompanion {
  readonly keyIndex: number;
  readonly name: string;
  readonly linkedMs: number;
  readonly noiseKey: Uint8Array;
  readonly keys: PublicKeys;
  readonly advIdentity: Uint8Array;
}

/** All devices with their public keys and the one-time pre-keys that they have left on the server. */
export class DeviceRegistry {
  readonly #database: DatabaseSync;
  readonly #cache = new Map<string, Device | undefined>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The device at that address, removed ones too. */
  find(address: DeviceAddress): Device | undefined {
    const key = addressKey(address);
    if (this.#cache.has(key)) return this.#cache.get(key);
    const row = prepared(this.#database, 'SELECT * FROM devices WHERE number = ? AND device = ?').get(
      address.number,
      address.device,
    );
    const device = row && deviceFrom(row);
    this.#cache.set(key, device);
    return device;
  }

  /** A person's devices that are linked now, the phone first. */
  linkedDevices(number: string): Device[] {
    return prepared(this.#database, "SELECT * FROM devices WHERE number = ? AND state = 'linked' ORDER BY device")
      .all(number)
      .map(deviceFrom);
  }

  /** Takes the next device id of that person; ids are never given twice. */
  nextDeviceId(number: string): number {
    const row = prepared(
      this.#database,
      'UPDATE people SET next_device = next_device + 1 WHERE number = ? RETURNING next_device - 1 AS id',
    ).get(number);
    return Number(row?.['id']);
  }

  addCompanion(address: DeviceAddress, companion: NewCompanion): void {
    prepared(
      this.#database,
      `INSERT INTO devices (number, device, kind, state, name, key_index, linked_ms, noise_key, adv_identity)
         VALUES (?, ?, 'companion', 'linked', ?, ?, ?, ?, ?)`,
    ).run(
      address.number,
      address.device,
      companion.name,
      companion.keyIndex,
      companion.linkedMs,
      companion.noiseKey,
      companion.advIdentity,
    );
    this.setKeys(address, companion.keys);
  }

  /** Gives a simulated person one more device of their own. */
  addTwin(address: DeviceAddress, linkedMs: number): void {
    prepared(
      this.#database,
      `INSERT OR IGNORE INTO devices (number, device, kind, state, key_index, linked_ms)
         VALUES (?, ?, 'twin', 'linked', ?, ?)`,
    ).run(address.number, address.device, address.device, linkedMs);
    prepared(this.#database, 'UPDATE people SET next_device = max(next_device, ?) WHERE number = ?').run(
      address.device + 1,
      address.number,
    );
    this.#cache.delete(addressKey(address));
  }

  setKeys(address: DeviceAddress, keys: PublicKeys): void {
    prepared(
      this.#database,
      `UPDATE devices SET registration_id = ?, identity_key = ?, signed_id = ?, signed_key = ?, signed_signature = ?
         WHERE number = ? AND device = ?`,
    ).run(
      keys.registrationId,
      keys.identityKey,
      keys.signedPreKey.id,
      keys.signedPreKey.key,
      keys.signedPreKey.signature,
      address.number,
      address.device,
    );
    this.#cache.delete(addressKey(address));
  }

  setGreeted(address: DeviceAddress): void {
    prepared(this.#database, 'UPDATE devices SET greeted = 1 WHERE number = ? AND device = ?').run(
      address.number,
      address.device,
    );
    this.#cache.delete(addressKey(address));
  }

  /** Remembers that a device has asked for that person's devices, under that kind of name. */
  addWatcher(number: string, addressing: Addressing, watcher: DeviceAddress): void {
    prepared(this.#database, 'INSERT OR IGNORE INTO device_watchers VALUES (?, ?, ?, ?)').run(
      number,
      addressing,
      watcher.number,
      watcher.device,
    );
  }

  /** The devices that must hear of changes to that person's devices. */
  watchers(number: string): readonly (DeviceAddress & { readonly addressing: Addressing })[] {
    return prepared(this.#database, 'SELECT * FROM device_watchers WHERE number = ?')
      .all(number)
      .map((row) => ({
        number: String(row['watcher']),
        device: Number(row['watcher_device']),
        addressing: row['addressing'] === 'lid' ? 'lid' : 'pn',
      }));
  }

  /** Forgets a companion: its keys are gone and it may never log in again. */
  remove(address: DeviceAddress): void {
    const at = [address.number, address.device] as const;
    prepared(this.#database, "UPDATE devices SET state = 'removed' WHERE number = ? AND device = ?").run(...at);
    prepared(this.#database, 'DELETE FROM pre_keys WHERE number = ? AND device = ?').run(...at);
    prepared(this.#database, 'DELETE FROM stanza_queue WHERE number = ? AND device = ?').run(...at);
    this.#cache.delete(addressKey(address));
  }

  addPreKeys(address: DeviceAddress, preKeys: readonly PreKey[]): void {
    const insert = prepared(this.#database, 'INSERT OR REPLACE INTO pre_keys VALUES (?, ?, ?, ?)');
    for (const { id, value } of preKeys) insert.run(address.number, address.device, id, value);
  }

  countPreKeys(address: DeviceAddress): number {
    const row = prepared(this.#database, 'SELECT count(*) AS n FROM pre_keys WHERE number = ? AND device = ?').get(
      address.number,
      address.device,
    );
    return Number(row?.['n']);
  }

  /** Hands out the oldest one-time pre-key; nobody gets it again. Undefined when none is left. */
  takePreKey(address: DeviceAddress): PreKey | undefined {
    const row = prepared(
      this.#database,
      `DELETE FROM pre_keys WHERE number = ?1 AND device = ?2
           AND id = (SELECT min(id) FROM pre_keys WHERE number = ?1 AND device = ?2) RETURNING id, value`,
    ).get(address.number, address.device);
    return row && { id: Number(row['id']), value: bytes(row['value']) };
  }
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error('the database holds no bytes where a key should be');
  return value;
}

function deviceFrom(row: Record<string, SQLOutputValue>): Device {
  const kind = row['kind'];
  return {
    number: String(row['number']),
    device: Number(row['device']),
    kind: kind === 'phone' || kind === 'twin' ? kind : 'companion',
    state: row['state'] === 'linked' ? 'linked' : 'removed',
    name: row['name'] === null ? undefined : String(row['name']),
    keyIndex: Number(row['key_index']),
    linkedMs: Number(row['linked_ms']),
    greeted: row['greeted'] === 1,
    noiseKey: row['noise_key'] === null ? undefined : bytes(row['noise_key']),
    advIdentity: row['adv_identity'] === null ? undefined : bytes(row['adv_identity']),
    keys: row['identity_key'] === null ? undefined : keysFrom(row),
  };
}

function keysFrom(row: Record<string, SQLOutputValue>): PublicKeys {
  return {
    registrationId: Number(row['registration_id']),
    identityKey: bytes(row['identity_key']),
    signedPreKey: {
      id: Number(row['signed_id']),
      key: bytes(row['signed_key']),
      signature: bytes(row['signed_signature']),
    },
  };
}
