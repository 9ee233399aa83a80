import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import type { AuthTable } from '../../../connector/auth-state/auth-table.ts';
import { LedgerMemory } from '../../../connector/auth-state/ledger-memory.ts';
import type { SentBook } from '../../../connector/messages/sent-book.ts';
import { makeCounters } from '../../../connector/observability/counters.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { LoginThrottle } from '../../../connector/sessions/login-throttle.ts';
import { Session } from '../../../connector/sessions/session.ts';
import { SessionLedger } from '../../../connector/sessions/session-ledger.ts';
import { idleState } from '../../../connector/sessions/session-machine.ts';
import { SessionReporter } from '../../../connector/sessions/session-reporter.ts';
import type { SessionRepository } from '../../../connector/sessions/session-repository.ts';
import type { WhatsAppAccount } from '../../../connector/whatsapp/account-port.ts';
import type { InboundJournal, WhatsApp, WhatsAppConnection } from '../../../connector/whatsapp/whatsapp-port.ts';
import type { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const logger = makeLogger({ level: 'silent', version: '0' });

/** Sessions of one task over a WhatsApp of the test; nothing that they tell is kept. */
export function makeSessions(clock: VirtualClock, whatsapp: WhatsApp, count: number): Session[] {
  const throttle = new LoginThrottle(clock);
  const counters = makeCounters({ clock, write: () => undefined });
  const rows = { update: () => Promise.resolve(true) } as unknown as SessionRepository;
  const authTable = {
    get: () => Promise.resolve(undefined),
    getMany: () => Promise.resolve(new Map()),
    list: () => Promise.resolve([]),
    names: () => Promise.resolve([]),
  } as unknown as AuthTable;
  const ledgerMemory = new LedgerMemory(2 ** 20);
  // Chance that is the same in each run.
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return Array.from({ length: count }, (_, index) => {
    const identity = {
      accountId: AccountIdSchema.parse('123456789012345678'),
      sessionId: SessionIdSchema.parse(String(10_000 + index)),
      sessionUid: SessionUidSchema.parse(index.toString(16).padStart(24, '0')),
    };
    const { signal } = new AbortController();
    const publish = () => Promise.resolve();
    const onGone = () => undefined;
    return new Session({
      identity,
      whatsapp,
      ledger: new SessionLedger({
        authTable,
        ledgerMemory,
        sessionUid: identity.sessionUid,
        wanted: () => ({}),
        clock,
        logger,
      }),
      journal: {} as InboundJournal,
      sent: {} as SentBook,
      sentMessage: () => Promise.resolve(undefined),
      onReceipt: () => Promise.resolve(),
      onCall: async () => undefined,
      onNumberChange: async () => undefined,
      reporter: new SessionReporter({ identity, rows, publish, clock, logger, onGone, signal }),
      notices: { tell: () => Promise.resolve() },
      counters,
      throttle,
      silence: { silent: false, lifted: () => Promise.resolve() },
      clock,
      random,
      logger,
      connectAttempts: 1000,
      proxies: new Map(),
      known: { state: idleState('created', false) },
    });
  });
}

/** A line on which nothing happens, but for what is given. */
export const quietConnection = (parts: Partial<WhatsAppConnection> = {}): WhatsAppConnection => ({
  account: new Proxy({} as WhatsAppAccount, {
    get: () => () => Promise.reject(new Error('not used')),
  }),
  lastFrameAgeMs: 0,
  pendingAcks: 0,
  askForMedia: () => Promise.reject(new Error('no files here')),
  send: () => Promise.resolve({ type: 'interrupted' }),
  markRead: () => Promise.resolve(),
  setTyping: () => Promise.resolve(),
  requestPairingCode: () => Promise.reject(new Error('not used')),
  logout: () => Promise.resolve(),
  close: () => Promise.resolve(),
  ...parts,
});

/** A WhatsApp without numbers and files, that every session is linked to. */
export const linkedWhatsApp = (connect: WhatsApp['connect']): WhatsApp => ({
  version: '0',
  makeCaches: () => ({}),
  isLinked: () => true,
  askedAtLogin: () => ({}),
  jidsOf: () => [],
  readMessage: async () => ({ type: 'housekeeping', kind: 'none' }),
  openMedia: () => Promise.reject(new Error('no files here')),
  connect,
});
