import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  type SignalDataSet,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  type SocketConfig,
  unpadRandomMax16,
} from '@whiskeysockets/baileys';
import type { Silence } from '../task/self-fence.ts';
import { inTurn } from './address-turns.ts';
import { isControl, partsOf, withContent } from './arrivals.ts';
import { INBOX } from './key-store.ts';
import { SealedWork } from './sealed-work.ts';
import { stands, withUntouchedSessions } from './session-record.ts';
import type { SessionRenewals } from './session-renewals.ts';
import type { Arrival, ArrivedPart, InboundJournal } from './whatsapp-port.ts';

type MakeSignalRepository = SocketConfig['makeSignalRepository'];

export interface DurableSignal {
  /** For the socket's configuration. */
  readonly makeSignalRepository: MakeSignalRepository;
  /** Has to hear of each message stanza before Baileys does. */
  readonly expect: (stanza: BinaryNode) => void;
  /** From here on nothing is encrypted for this connection any more. */
  readonly seal: () => void;
  /** Resolves when no decryption is on its way into the tables. */
  readonly drained: () => Promise<void>;
}

/** One byte of padding that says that it is one: what Baileys takes off again. */
const SHORTEST_PADDING = Buffer.from([1]);

/**
 * Wraps Baileys' Signal repository, so that nothing is acknowledged or sent before what it depends on is durable:
 * a received message is stored together with its ratchet step, before the receipt (whatsapp.md 5.3), and the ratchet of a
 * sent one before the frame (5.4). It relies on the call order of the pinned version and on the ciphertext being the very
 * Buffer of the stanza; the end-to-end tests show it.
 */
export function makeDurableSignal(options: {
  readonly journal: InboundJournal;
  readonly silence: Silence;
  readonly read: (stanza: BinaryNode) => Promise<Arrival>;
  /** The device that a jid means, the same for its phone number and its LID. */
  readonly deviceOf: (jid: string) => Promise<string>;
  readonly renewals: Pick<SessionRenewals, 'made' | 'wants'>;
}): DurableSignal {
  const { journal, read, renewals } = options;
  const stanzas = new WeakMap<Uint8Array, BinaryNode>();
  const ratchets = new SealedWork(options);

  const partOf = async (ciphertext: Uint8Array): Promise<ArrivedPart | undefined> => {
    const stanza = stanzas.get(ciphertext);
    const place = stanza && partsOf(stanza).get(ciphertext);
    return place && { message: await read(stanza), ...place, control: isControl(stanza) };
  };

  return {
    seal: () => ratchets.seal(),
    drained: () => ratchets.drained(),
    expect(stanza) {
      for (const ciphertext of partsOf(stanza).keys()) stanzas.set(ciphertext, stanza);
    },
    makeSignalRepository(auth, logger, pnToLid) {
      const inner = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, pnToLid);
      const keys = auth.keys as SignalKeyStoreWithTransaction;
      const outside = AsyncLocalStorage.snapshot();
      keepTokensOutside(keys, outside);
      const durably = decryptDurably({ journal, partOf, keys, isSealed: () => ratchets.isSealed });
      const step = stepper(inner, keys);
      return {
        ...inner,
        decryptMessage: (call) =>
          ratchets.alone(call.jid, () =>
            durably(call.ciphertext, call.jid, () => step(call.jid, () => decryptCleanly(inner, keys, call))),
          ),
        decryptGroupMessage: (call) =>
          ratchets.run(() => durably(call.msg, call.group, () => inner.decryptGroupMessage(call))),
        ...fenced(inner, { ratchets, step, outside: (work) => ratchets.run(() => outside(work)) }),
        injectE2ESession: (call) =>
          outside(() =>
            ratchets.alone(call.jid, async () => {
              if ((await isStanding(inner, keys, call)) && !(await renewals.wants(call.jid))) return;
              await step(call.jid, () => inner.injectE2ESession(call));
              await renewals.made(call.jid);
            }),
          ),
      };
    },
  };
}

/** One step of the ratchet with a device, in a transaction of its own where there is none. */
type Step = <T>(jid: string, work: () => Promise<T>) => Promise<T>;

/** Other numbers wait for the step alone and not for its way into the table: a number that can't write holds up only itself. */
const stepper =
  (inner: SignalRepositoryWithLIDStore, keys: SignalKeyStoreWithTransaction): Step =>
  (jid, work) =>
    keys.transaction(() => inTurn(inner.jidToSignalProtocolAddress(jid), work), jid);

type Decrypt = (ciphertext: Uint8Array, transaction: string, decrypt: () => Promise<Uint8Array>) => Promise<Uint8Array>;

function decryptDurably(options: {
  readonly journal: InboundJournal;
  readonly partOf: (ciphertext: Uint8Array) => Promise<ArrivedPart | undefined>;
  readonly keys: SignalKeyStoreWithTransaction;
  readonly isSealed: () => boolean;
}): Decrypt {
  const { journal, partOf, keys, isSealed } = options;
  return async (ciphertext, transaction, decrypt) => {
    const part = await partOf(ciphertext);
    if (!part) return decrypt();
    const redelivered = async (error: unknown) => {
      // The ratchet has moved on already; the row has what it once gave.
      const content = await journal.find(part);
      if (content) return { content, padded: Buffer.concat([content, SHORTEST_PADDING]) };
      // What the end of the connection broke off says nothing of the message, which comes again.
      if (part.last && !part.control && !isSealed()) await journal.undecryptable(part.message);
      throw error;
    };
    // Baileys opens a transaction under the same name inside, which then joins this one.
    const { padded, content } = await keys
      .transaction(async () => {
        const padded = await decrypt();
        const content = unpadRandomMax16(padded);
        const name = `${part.message.stanzaId}#${part.index}`;
        await keys.set({ [INBOX]: { [name]: withContent(part, content) } } as SignalDataSet);
        return { padded, content };
      }, transaction)
      .catch(redelivered);
    await journal.committed(withContent(part, content));
    return padded;
  };
}

/** Decrypts and undoes what libsignal does to sessions that did not fit. Inside a transaction. */
async function decryptCleanly(
  inner: SignalRepositoryWithLIDStore,
  keys: SignalKeyStoreWithTransaction,
  call: Parameters<SignalRepositoryWithLIDStore['decryptMessage']>[0],
): Promise<Uint8Array> {
  if (call.type !== 'msg') return inner.decryptMessage(call);
  const address = inner.jidToSignalProtocolAddress(call.jid);
  const { [address]: before } = await keys.get('session', [address]);
  const padded = await inner.decryptMessage(call);
  const { [address]: after } = await keys.get('session', [address]);
  const repaired = withUntouchedSessions(before, after);
  if (repaired) await keys.set({ session: { [address]: repaired as Uint8Array } });
  return padded;
}

/** Runs what moves a sending ratchet outside of relayMessage's transaction, so that it commits before the frame leaves. */
function fenced(
  inner: SignalRepositoryWithLIDStore,
  how: {
    readonly ratchets: SealedWork;
    readonly step: Step;
    readonly outside: <T>(work: () => Promise<T>) => Promise<T>;
  },
): Pick<SignalRepositoryWithLIDStore, 'encryptMessage' | 'encryptGroupMessage' | 'getSenderKeyDistributionMessage'> {
  const { ratchets, step, outside } = how;
  return {
    encryptMessage: (call) =>
      outside(() => ratchets.alone(call.jid, () => step(call.jid, () => inner.encryptMessage(call)))),
    encryptGroupMessage: (call) => outside(async () => inner.encryptGroupMessage(call)),
    getSenderKeyDistributionMessage: (call) => outside(async () => inner.getSenderKeyDistributionMessage(call)),
  };
}

/** Whether there is a session with the very device that a bundle is of. */
async function isStanding(
  inner: SignalRepositoryWithLIDStore,
  keys: SignalKeyStoreWithTransaction,
  { jid, session }: Parameters<SignalRepositoryWithLIDStore['injectE2ESession']>[0],
): Promise<boolean> {
  const address = inner.jidToSignalProtocolAddress(jid);
  const { [address]: record } = await keys.get('session', [address]);
  return stands(record, session);
}

type Outside = ReturnType<typeof AsyncLocalStorage.snapshot>;

/**
 * rc14 stores privacy tokens from inside a transaction that has ended by then, so they are lost and asked for again with
 * every message (whatsapp.md 4.2).
 */
function keepTokensOutside(keys: SignalKeyStoreWithTransaction, outside: Outside): void {
  const inside = { ...keys };
  keys.get = (type, ids) => (type === 'tctoken' ? outside(() => inside.get(type, ids)) : inside.get(type, ids));
  keys.set = (data) => ('tctoken' in data ? outside(() => inside.set(data)) : inside.set(data));
}
