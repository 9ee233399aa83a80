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
import { Lanes } from '../lanes.ts';
import type { Silence } from '../task/self-fence.ts';
import { isControl, partsOf, withContent } from './arrivals.ts';
import { INBOX } from './key-store.ts';
import { withUntouchedSessions } from './session-record.ts';
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
}): DurableSignal {
  const { journal, silence, read, deviceOf } = options;
  const sessions = new Lanes();
  const stanzas = new WeakMap<Uint8Array, BinaryNode>();
  const underway = new Set<Promise<unknown>>();
  let sealed = false;

  const tracked = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.catch(() => undefined);
    underway.add(settled);
    void settled.then(() => underway.delete(settled));
    return work;
  };

  const partOf = async (ciphertext: Uint8Array): Promise<ArrivedPart | undefined> => {
    const stanza = stanzas.get(ciphertext);
    const place = stanza && partsOf(stanza).get(ciphertext);
    return place && { message: await read(stanza), ...place, control: isControl(stanza) };
  };

  /**
   * rc14 locks by jid, but a contact has two, and both lead to one session record: a message in and a message out at a time
   * would each write back what they read, and one of the two ratchet steps would be lost.
   */
  const alone = async <T>(jid: string, work: () => Promise<T>): Promise<T> => {
    const device = await deviceOf(jid);
    return tracked(sessions.add(device, () => unsealed(work)));
  };
  /** Baileys goes on with what has arrived when its line is gone; by then the next connection has the ratchets. */
  const unsealed = async <T>(work: () => Promise<T>): Promise<T> => {
    await silence.lifted();
    if (sealed) throw new Error('The connection has ended.');
    return work();
  };

  return {
    seal() {
      sealed = true;
    },
    async drained() {
      while (underway.size > 0) await Promise.all(underway);
    },
    expect(stanza) {
      for (const ciphertext of partsOf(stanza).keys()) stanzas.set(ciphertext, stanza);
    },
    makeSignalRepository(auth, logger, pnToLid) {
      const inner = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, pnToLid);
      const keys = auth.keys as SignalKeyStoreWithTransaction;
      const outside = AsyncLocalStorage.snapshot();
      keepTokensOutside(keys, outside);
      const durably = decryptDurably({ journal, partOf, keys });
      return {
        ...inner,
        decryptMessage: (call) =>
          alone(call.jid, () => durably(call.ciphertext, call.jid, () => decryptCleanly(inner, keys, call))),
        decryptGroupMessage: (call) =>
          tracked(unsealed(() => durably(call.msg, call.group, () => inner.decryptGroupMessage(call)))),
        ...fenced(inner, alone, (work) => tracked(unsealed(() => outside(work)))),
      };
    },
  };
}

type Decrypt = (ciphertext: Uint8Array, transaction: string, decrypt: () => Promise<Uint8Array>) => Promise<Uint8Array>;

function decryptDurably(options: {
  readonly journal: InboundJournal;
  readonly partOf: (ciphertext: Uint8Array) => Promise<ArrivedPart | undefined>;
  readonly keys: SignalKeyStoreWithTransaction;
}): Decrypt {
  const { journal, partOf, keys } = options;
  return async (ciphertext, transaction, decrypt) => {
    const part = await partOf(ciphertext);
    if (!part) return decrypt();
    const redelivered = async (error: unknown) => {
      // The ratchet has moved on already; the row has what it once gave.
      const content = await journal.find(part);
      if (content) return { content, padded: Buffer.concat([content, SHORTEST_PADDING]) };
      if (part.last && !part.control) await journal.undecryptable(part.message);
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
  alone: <T>(jid: string, work: () => Promise<T>) => Promise<T>,
  outside: <T>(work: () => Promise<T>) => Promise<T>,
): Pick<
  SignalRepositoryWithLIDStore,
  'encryptMessage' | 'encryptGroupMessage' | 'injectE2ESession' | 'getSenderKeyDistributionMessage'
> {
  return {
    encryptMessage: (call) => outside(() => alone(call.jid, () => inner.encryptMessage(call))),
    encryptGroupMessage: (call) => outside(async () => inner.encryptGroupMessage(call)),
    injectE2ESession: (call) => outside(() => alone(call.jid, () => inner.injectE2ESession(call))),
    getSenderKeyDistributionMessage: (call) => outside(async () => inner.getSenderKeyDistributionMessage(call)),
  };
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
