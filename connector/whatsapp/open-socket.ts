import '../silence-console.ts';
import {
  type AuthenticationCreds,
  type CacheStore,
  DEFAULT_CONNECTION_CONFIG,
  makeWASocket,
  proto,
  type SignalKeyStore,
  type SocketConfig,
} from '@whiskeysockets/baileys';
import type { ILogger } from '@whiskeysockets/baileys/lib/Utils/logger.js';
import type { ProxyAgents } from './proxy-agents.ts';
import type { SessionCaches } from './whatsapp-port.ts';

export type Socket = ReturnType<typeof makeWASocket>;

/** A query that WhatsApp does not answer holds the session's send mutex; 60 s by default, twice per usync. */
const QUERY_TIMEOUT_MS = 15_000;
/** Pings, and the longest that a live connection is silent. */
export const KEEP_ALIVE_MS = 20_000;

const { HistorySyncType } = proto.Message;
/** Names and address mappings; a gateway has no use for old chats. */
const WANTED_HISTORY: ReadonlySet<proto.Message.HistorySyncType> = new Set([
  HistorySyncType.INITIAL_BOOTSTRAP,
  HistorySyncType.PUSH_NAME,
  HistorySyncType.NON_BLOCKING_DATA,
]);

export interface SocketOptions {
  readonly url: URL | undefined;
  readonly logger: ILogger;
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  readonly makeSignalRepository: SocketConfig['makeSignalRepository'];
  readonly caches: SessionCaches;
  readonly sentMessage: (stanzaId: string) => Promise<Uint8Array | undefined>;
  /** WhatsApp Web's version to log in as; undefined: the one that Baileys brings. */
  readonly version: readonly [number, number, number] | undefined;
  /** Undefined: no proxy. */
  readonly through: ProxyAgents | undefined;
}

/** The version of WhatsApp Web that Baileys logs in as by itself. */
export const BUILT_IN_VERSION: readonly number[] = DEFAULT_CONNECTION_CONFIG.version;

/** Opens an unmodified Baileys socket with the settings of whatsapp.md sections 2, 4, 5 and 8. */
export function openSocket(options: SocketOptions): Socket {
  const { url, logger, creds, keys, makeSignalRepository, caches, sentMessage, version, through } = options;
  return makeWASocket({
    ...(url && { waWebSocketUrl: url }),
    ...(version && { version: [...version] }),
    // The WebSocket, uploads, downloads: whatsapp.md section 2, 41b.
    ...(through && {
      agent: through.agent,
      fetchAgent: through.agent,
      options: { dispatcher: through.dispatcher },
    }),
    auth: { creds, keys },
    logger,
    makeSignalRepository,
    // Own upserts swallow the first statuses of a message.
    emitOwnEvents: false,
    defaultQueryTimeoutMs: QUERY_TIMEOUT_MS,
    keepAliveIntervalMs: KEEP_ALIVE_MS,
    // Online would silence the notifications of the owner's phone.
    markOnlineOnConnect: false,
    // The wait holds the mutex of all received messages.
    retryRequestDelayMs: 0,
    syncFullHistory: false,
    shouldSyncHistoryMessage: ({ syncType }) => WANTED_HISTORY.has(syncType ?? HistorySyncType.FULL),
    // The ledger sits outages out by itself; a second try would double what is half done.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    ...(caches as Record<keyof typeof caches, CacheStore>),
    async getMessage({ id }) {
      const content = id ? await sentMessage(id) : undefined;
      return content && proto.Message.decode(content);
    },
  });
}
