import {
  type BinaryNode,
  type CacheStore,
  getAllBinaryNodeChildren,
  jidDecode,
  jidNormalizedUser,
  type WACallEvent,
} from '@whiskeysockets/baileys';
import type { AuthLedger } from '../auth-state/auth-ledger.ts';
import { otherAddress } from './arrivals.ts';
import type { IncomingCall } from './whatsapp-port.ts';

/** What ends a ringing call, or says that it was taken on another device of ours. */
const ENDS: ReadonlySet<string> = new Set(['terminate', 'reject']);
const OFFERS: ReadonlySet<string> = new Set(['offer', 'offer_notice']);
const TAKEN_ELSEWHERE = 'accepted_elsewhere';

/** What Baileys keeps of a call's offer. */
type Offer = Pick<WACallEvent, 'callerPn' | 'isVideo'>;

/** Reads a call stanza; undefined for what is technical: relays, transports, ringing. */
async function callOf(stanza: BinaryNode, { cache, ledger }: CallGateOptions): Promise<IncomingCall | undefined> {
  const [info] = getAllBinaryNodeChildren(stanza);
  const { 'call-id': callId, 'call-creator': creator = stanza.attrs['from'] ?? '' } = info?.attrs ?? {};
  if (!info || !callId || !(OFFERS.has(info.tag) || ENDS.has(info.tag))) return undefined;
  const about = { callId, atMs: Number(stanza.attrs['t']) * 1000, ...groupOf(info) };
  if (OFFERS.has(info.tag)) {
    const video = getAllBinaryNodeChildren(info).some(({ tag }) => tag === 'video');
    return { ...about, event: 'connect', video, caller: await callerOf(creator, info.attrs['caller_pn'], ledger) };
  }
  // Only the offer names the number and the picture.
  const offer = await cache.get<Offer>(callId);
  const caller = await callerOf(creator, info.attrs['caller_pn'] ?? offer?.callerPn, ledger);
  const taken = info.attrs['reason'] === TAKEN_ELSEWHERE;
  return { ...about, event: 'terminate', taken, video: offer?.isVideo ?? false, caller };
}

function groupOf({ attrs }: BinaryNode): Pick<IncomingCall, 'groupId'> {
  const group = attrs['group-jid'];
  return group ? { groupId: jidDecode(group)?.user ?? '' } : {};
}

/** Jids of who calls, phone number and LID, as far as they are known. */
async function callerOf(creator: string, named: string | undefined, ledger: AuthLedger): Promise<readonly string[]> {
  const caller = jidNormalizedUser(creator);
  const alt = named ? jidNormalizedUser(named) : await otherAddress(caller, ledger);
  return alt ? [caller, alt] : [caller];
}

export interface CallGateOptions {
  readonly cache: CacheStore;
  readonly ledger: AuthLedger;
  readonly onCall: (call: IncomingCall) => Promise<void>;
}

/**
 * Holds the acknowledgement of a call back until `onCall` has resolved: Baileys awaits its cache of offers for each stanza of a call, and
 * acknowledges after that.
 */
export function gateCalls(options: CallGateOptions) {
  const { cache, onCall } = options;
  const durable = async (stanza: BinaryNode): Promise<void> => {
    const call = await callOf(stanza, options);
    if (call) await onCall(call);
  };
  const going = new Map<string, Promise<void>>();
  return {
    /** Call it with each stanza, before Baileys sees it. */
    touch: (stanza: BinaryNode): void => {
      const callId = getAllBinaryNodeChildren(stanza)[0]?.attrs['call-id'] ?? '';
      const all = Promise.all([going.get(callId), durable(stanza)]).then(() => undefined);
      const settled = all.catch(() => undefined).finally(() => going.get(callId) === settled && going.delete(callId));
      going.set(callId, settled);
    },
    cache: {
      get: (async (key: string) => {
        await going.get(key);
        return cache.get(key);
      }) as CacheStore['get'],
      set: (key, value) => cache.set(key, value),
      del: (key) => cache.del(key),
      flushAll: () => cache.flushAll(),
    } satisfies CacheStore,
  };
}
