import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { OperatorNotices } from '#core/domain/notice.ts';
import type { Proxy } from '../config.ts';
import type { SentBook } from '../messages/sent-book.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import type { Silence } from '../task/self-fence.ts';
import type {
  InboundJournal,
  IncomingCall,
  NumberChange,
  OwnNumber,
  Receipt,
  WhatsApp,
} from '../whatsapp/whatsapp-port.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { SessionIdentity } from './session-identity.ts';
import type { SessionLedger } from './session-ledger.ts';
import { idleState } from './session-machine.ts';
import type { SessionReporter } from './session-reporter.ts';
import type { SessionState } from './session-state.ts';

export interface SessionOptions {
  readonly identity: SessionIdentity;
  readonly whatsapp: WhatsApp;
  readonly ledger: SessionLedger;
  readonly journal: InboundJournal;
  readonly sent: SentBook;
  readonly sentMessage: (stanzaId: string) => Promise<Uint8Array | undefined>;
  readonly onReceipt: (receipt: Receipt) => Promise<void>;
  readonly onCall: (call: IncomingCall) => Promise<void>;
  readonly onNumberChange: (change: NumberChange) => Promise<void>;
  readonly reporter: SessionReporter;
  readonly notices: OperatorNotices;
  readonly counters: Counters;
  readonly throttle: LoginThrottle;
  readonly silence: ShardSilence;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Failed attempts in a row after which it stops. */
  readonly connectAttempts: number;
  /** Those of the deployment, by name. */
  readonly proxies: ReadonlyMap<string, Proxy>;
  /** As the row says it. */
  readonly known: Known;
}

/** Silence of the shard that the session is in. */
export type ShardSilence = Silence & {
  /** After a sign that another task acts for the shard: whether it is still ours. */
  readonly confirm?: () => Promise<boolean>;
};

/** What a row says of a session. */
export interface Known {
  readonly state: SessionState;
  readonly own?: OwnNumber;
  /** Name of its proxy. */
  readonly proxy?: string | undefined;
}

/** What is known of a session before it has done anything here. @param row absent when only its deletion is left to do */
export function knownOf(row: SessionRow | undefined): Known {
  if (!row) return { state: idleState('stopped', false, true) };
  const { status, phoneNumber, lid, profileName, proxy } = row;
  const idle = idleState(status, false, row.desired === 'stopped');
  const state = row.reasonCode === 'quarantined' ? { ...idle, reason: 'quarantined' as const } : idle;
  if (phoneNumber === undefined) return { state, proxy };
  const own = { phoneNumber, ...(lid !== undefined && { lid }), ...(profileName !== undefined && { profileName }) };
  return { state, own, proxy };
}
