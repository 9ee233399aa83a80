import type { DatabaseSync } from 'node:sqlite';
import type { AuthenticationCreds, proto, SignalKeyStoreWithTransaction } from '@whiskeysockets/baileys';
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
} from '@whiskeysockets/baileys';
import { silentBaileysLogger } from '../sandbox-logger.ts';
import { readPreKey, readSignedPreKey } from '../server/prekeys.ts';
import type { PreKey, PublicKeys } from '../store/device-registry.ts';
import type { DeviceAddress } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bigEndian, child, childBytes } from '../wire/node.ts';
import { inTurn } from './address-turns.ts';
import { PhoneKeyStore } from './key-store.ts';
import { withUntouchedSessions } from './session-record.ts';

type Repository = ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;

export interface Ciphertext {
  readonly type: 'pkmsg' | 'msg';
  readonly ciphertext: Uint8Array;
}

/** One encrypted part of a stanza, with a name under which its plaintext is found again after a crash. */
export interface EncryptedPart {
  readonly key: string;
  /** LID of the device that encrypted it. */
  readonly author: string;
  readonly type: string;
  readonly ciphertext: Uint8Array;
  /** The group, for parts of type `skmsg`. */
  readonly group?: string;
}

/**
 * The Signal state of one simulated device. Every step is on disk before its result is returned, so nothing leaves
 * the device that its ratchets do not know of. Sessions are kept under the LID of the other device.
 */
export class SignalEndpoint {
  readonly creds: AuthenticationCreds;
  readonly #store: PhoneKeyStore;
  readonly #keys: SignalKeyStoreWithTransaction;
  readonly #repository: Repository;

  constructor(database: DatabaseSync, address: DeviceAddress) {
    this.#store = new PhoneKeyStore(database, address);
    this.creds = this.#loadCreds();
    this.#keys = addTransactionCapability(this.#store, silentBaileysLogger, {
      maxCommitRetries: 1,
      delayBetweenTriesMs: 0,
    });
    const auth = { creds: this.creds, keys: this.#keys };
    this.#repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, silentBaileysLogger, async () => []);
  }

  get publicKeys(): PublicKeys {
    const { registrationId, signedIdentityKey, signedPreKey } = this.creds;
    return {
      registrationId,
      identityKey: signedIdentityKey.public,
      signedPreKey: { id: signedPreKey.keyId, key: signedPreKey.keyPair.public, signature: signedPreKey.signature },
    };
  }

  /** Makes new one-time pre-keys, keeps their private halves and returns the public ones. */
  makePreKeys(count: number): PreKey[] {
    const made = Array.from({ length: count }, (_, index) => ({
      id: this.creds.nextPreKeyId + index,
      pair: Curve.generateKeyPair(),
    }));
    this.#store.set({ 'pre-key': Object.fromEntries(made.map(({ id, pair }) => [id, pair])) });
    this.creds.nextPreKeyId += count;
    this.#store.write('creds', 'own', this.creds);
    return made.map(({ id, pair }) => ({ id, value: pair.public }));
  }

  async hasSession(jid: string): Promise<boolean> {
    return (await this.#repository.validateSession(jid)).exists;
  }

  /** Starts a session from a `<user>` of a key query or from the keys of a retry receipt. Throws when a key lacks. */
  async startSession(jid: string, bundle: BinaryNode, registration: BinaryNode = bundle): Promise<void> {
    const registrationId = bigEndian(childBytes(registration, 'registration'));
    const identity = childBytes(bundle, 'identity');
    const signed = readSignedPreKey(child(bundle, 'skey'));
    const oneTime = readPreKey(child(bundle, 'key') ?? { tag: 'key', attrs: {} });
    if (registrationId === undefined || !identity || !signed) throw new Error('the key bundle lacks a key');
    const session = {
      registrationId,
      identityKey: generateSignalPubKey(identity),
      signedPreKey: { keyId: signed.id, publicKey: generateSignalPubKey(signed.key), signature: signed.signature },
      ...(oneTime ? { preKey: { keyId: oneTime.id, publicKey: generateSignalPubKey(oneTime.value) } } : {}),
    };
    await this.#inTurn(jid, () => this.#repository.injectE2ESession({ jid, session }));
  }

  async encrypt(jid: string, plaintext: Uint8Array): Promise<Ciphertext> {
    return this.#inTurn(jid, () => this.#repository.encryptMessage({ jid, data: plaintext }));
  }

  async encryptForGroup(
    group: string,
    ownLid: string,
    plaintext: Uint8Array,
  ): Promise<{ ciphertext: Uint8Array; senderKey: Uint8Array }> {
    const made = await this.#repository.encryptGroupMessage({ group, meId: ownLid, data: plaintext });
    return { ciphertext: made.ciphertext, senderKey: made.senderKeyDistributionMessage };
  }

  /** This device's sender key of a group, for one who lacks it. */
  async senderKey(group: string, ownLid: string): Promise<Uint8Array> {
    return this.#repository.getSenderKeyDistributionMessage({ group, meId: ownLid });
  }

  /** Decrypts a part once; asked again for the same part it answers from disk. Throws when it cannot. */
  async decrypt(part: EncryptedPart): Promise<Uint8Array> {
    const seen = this.#store.read('inbox', part.key);
    if (seen instanceof Uint8Array) return seen;
    const step = async () => {
      const plaintext = await this.#decryptFresh(part);
      await this.#keys.set({ inbox: { [part.key]: Buffer.from(plaintext) } } as never);
      return plaintext;
    };
    return this.#inTurn(part.author, () => this.#keys.transaction(step, part.group ?? part.author));
  }

  /** Forgets the plaintexts of a stanza that is handled and acknowledged. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#store.write('inbox', key, undefined);
  }

  async acceptSenderKey(author: string, item: proto.Message.ISenderKeyDistributionMessage): Promise<void> {
    await this.#repository.processSenderKeyDistributionMessage({ authorJid: author, item });
  }

  /** Which devices have been given this device's sender key of a group. */
  senderKeyHolders(group: string): Set<string> {
    const holders = this.#store.read('sender-key-holders', group);
    return new Set(Array.isArray(holders) ? holders.map(String) : []);
  }

  setSenderKeyHolders(group: string, holders: ReadonlySet<string>): void {
    this.#store.write('sender-key-holders', group, [...holders]);
  }

  async #decryptFresh(part: EncryptedPart): Promise<Uint8Array> {
    const { author, ciphertext, type, group } = part;
    if (type === 'skmsg') {
      if (group === undefined) throw new Error('a sender key message outside a group');
      return this.#repository.decryptGroupMessage({ group, authorJid: author, msg: ciphertext });
    }
    if (type !== 'pkmsg' && type !== 'msg') throw new Error(`unknown encryption ${type}`);
    const address = this.#repository.jidToSignalProtocolAddress(author);
    const { [address]: before } = await this.#keys.get('session', [address]);
    const plaintext = await this.#repository.decryptMessage({ jid: author, type, ciphertext });
    if (type === 'pkmsg') return plaintext;
    const { [address]: after } = await this.#keys.get('session', [address]);
    const repaired = withUntouchedSessions(before, after);
    if (repaired) await this.#keys.set({ session: { [address]: repaired as Uint8Array } });
    return plaintext;
  }

  #inTurn<T>(jid: string, work: () => Promise<T>): Promise<T> {
    return inTurn(this.#repository.jidToSignalProtocolAddress(jid), work);
  }

  #loadCreds(): AuthenticationCreds {
    const stored = this.#store.read('creds', 'own');
    if (stored) return stored as AuthenticationCreds;
    const fresh = initAuthCreds();
    this.#store.write('creds', 'own', fresh);
    return fresh;
  }
}
