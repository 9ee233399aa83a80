import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
  proto,
} from '@whiskeysockets/baileys';
import { systemClock } from '#core/domain/clock.ts';
import { type SessionUid, SessionUidSchema } from '#core/domain/ids.ts';
import { AuthLedger } from '../../../connector/auth-state/auth-ledger.ts';
import type { AuthTable } from '../../../connector/auth-state/auth-table.ts';
import { LedgerMemory } from '../../../connector/auth-state/ledger-memory.ts';
import { keyStoreOf } from '../../../connector/whatsapp/key-store.ts';
import { silentBaileysLogger } from '../../../sandbox/sandbox-logger.ts';
import { memoryTable } from '../auth-state/memory-table.ts';

const SESSION_UID = SessionUidSchema.parse('a'.repeat(24));

/** Where a party keeps its keys. */
interface PartyLedger {
  readonly table: AuthTable;
  /** Of a table in memory. */
  readonly rows: ReadonlyMap<string, Uint8Array>;
  readonly memory: LedgerMemory;
  readonly sessionUid: SessionUid;
}

type MakeRepository = typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository;

/** A Signal device whose keys lie in our ledger. */
export class SignalParty {
  readonly jid: string;
  readonly #creds = initAuthCreds();
  readonly #ledger: PartyLedger;
  readonly #makeRepository: MakeRepository;
  #repository!: ReturnType<MakeRepository>;
  #preKeys = 0;

  private constructor(jid: string, ledger: PartyLedger, makeRepository: MakeRepository) {
    this.jid = jid;
    this.#ledger = ledger;
    this.#makeRepository = makeRepository;
  }

  /** @param makeRepository @default Baileys' own */
  static async make(
    jid: string,
    ledger: Partial<PartyLedger> = {},
    makeRepository: MakeRepository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository,
  ): Promise<SignalParty> {
    const { table, rows } = memoryTable();
    const own = { table, rows, memory: new LedgerMemory(2 ** 20), sessionUid: SESSION_UID };
    const party = new SignalParty(jid, { ...own, ...ledger }, makeRepository);
    await party.restart();
    return party;
  }

  /** Its memory is gone; its table is left. */
  async restart(): Promise<void> {
    const options = { ...this.#ledger, clock: systemClock };
    const never = async () => undefined;
    const journal = { put: never, find: never, committed: never, undecryptable: never };
    const ledger = await AuthLedger.load(options);
    const keys = addTransactionCapability(keyStoreOf({ ledger, journal }), silentBaileysLogger, {
      maxCommitRetries: 1,
      delayBetweenTriesMs: 0,
    });
    const auth = { creds: this.#creds, keys };
    this.#repository = this.#makeRepository(auth, silentBaileysLogger, async () => []);
    this.#addPreKey = (id, pair) => ledger.set({ 'pre-key': { [id]: pair } });
  }

  #addPreKey!: (id: number, pair: ReturnType<typeof Curve.generateKeyPair>) => Promise<void>;

  /** Sets up a session with the other one, as if there were none. */
  async begin(other: SignalParty): Promise<void> {
    await this.#repository.injectE2ESession({ jid: other.jid, session: await other.bundle() });
  }

  async bundle() {
    const { registrationId, signedIdentityKey, signedPreKey } = this.#creds;
    const keyId = ++this.#preKeys;
    const pair = Curve.generateKeyPair();
    await this.#addPreKey(keyId, pair);
    return {
      registrationId,
      identityKey: generateSignalPubKey(signedIdentityKey.public),
      signedPreKey: {
        keyId: signedPreKey.keyId,
        publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
        signature: signedPreKey.signature,
      },
      preKey: { keyId, publicKey: generateSignalPubKey(pair.public) },
    };
  }

  encrypt(other: SignalParty, text: string) {
    return this.#repository.encryptMessage({ jid: other.jid, data: Buffer.from(text) });
  }

  async decrypt(other: SignalParty, message: Awaited<ReturnType<SignalParty['encrypt']>>): Promise<string> {
    return Buffer.from(await this.#repository.decryptMessage({ jid: other.jid, ...message })).toString();
  }

  async write(other: SignalParty, text: string): Promise<string> {
    return other.decrypt(this, await this.encrypt(other, text));
  }

  encryptForGroup(group: string, text: string) {
    return this.#repository.encryptGroupMessage({ group, meId: this.jid, data: Buffer.from(text) });
  }

  async decryptFromGroup(other: SignalParty, group: string, ciphertext: Uint8Array): Promise<string> {
    const call = { group, authorJid: other.jid, msg: ciphertext };
    return Buffer.from(await this.#repository.decryptGroupMessage(call)).toString();
  }

  async acceptSenderKey(other: SignalParty, group: string, key: Uint8Array): Promise<void> {
    const item = proto.Message.SenderKeyDistributionMessage.create({
      groupId: group,
      axolotlSenderKeyDistributionMessage: key,
    });
    await this.#repository.processSenderKeyDistributionMessage({ authorJid: other.jid, item });
  }

  /** Longest row of a kind, with what DynamoDB bills besides the value, bytes. */
  largestRow(kind: string): number {
    const sizes = [...this.#ledger.rows]
      .filter(([name]) => name.startsWith(`${kind}#`))
      .map(([name, value]) => value.length + itemOverhead(name));
    return Math.max(0, ...sizes);
  }

  async openSessionOf(other: SignalParty): Promise<boolean> {
    return (await this.#repository.validateSession(other.jid)).exists;
  }
}

/** Attribute names `sessionUid`, `entry`, `v` and `epoch`, the keys, and an epoch of up to 20 digits. */
const itemOverhead = (name: string): number => 'sessionUidentryvepoch'.length + SESSION_UID.length + name.length + 12;
