import '../silence-console.ts';
import './native-signatures.ts';
import { type AuthenticationCreds, initAuthCreds } from '@whiskeysockets/baileys';
import { BaileysConnection } from './baileys-connection.ts';
import type { EngineOptions } from './engine-options.ts';
import { readMessage } from './map-inbound/read-message.ts';
import { openReceivedMedia } from './media-download.ts';
import { makeMemoryCache } from './memory-cache.ts';
import { BUILT_IN_VERSION } from './open-socket.ts';
import { makeProxyAgents } from './proxy-agents.ts';
import type { WhatsApp } from './whatsapp-port.ts';

/** Contacts of one session whose devices are kept at hand. */
const DEVICES_KEPT = 5000;
/** Messages of one session that somebody asked for again. */
const RETRIES_KEPT = 2000;
const SHARED_KEPT = 10_000;

/** WhatsApp through Baileys. */
export function makeBaileysWhatsApp(options: Omit<EngineOptions, 'agentsOf'>): WhatsApp {
  const agentsOf = makeProxyAgents();
  // Ids in these are unique, so that all sessions may share one each (whatsapp.md 3.1).
  const shared = { callOfferCache: makeMemoryCache(SHARED_KEPT), placeholderResendCache: makeMemoryCache(SHARED_KEPT) };
  return {
    version: (options.version ?? BUILT_IN_VERSION).join('.'),
    makeCaches: () => ({
      ...shared,
      // They have to outlive a connection: a new one would set up a new Signal session with every contact (4.1).
      userDevicesCache: makeMemoryCache(DEVICES_KEPT),
      msgRetryCounterCache: makeMemoryCache(RETRIES_KEPT),
    }),
    isLinked,
    connect(connect) {
      const { credentials } = connect.ledger;
      return new BaileysConnection(
        { ...options, agentsOf, ...connect },
        isLinked(credentials) ? credentials : initAuthCreds(),
      );
    },
    // Of the pinned version; the ledger answers what is not among them too, with a read each.
    askedAtLogin: (own) => ({
      tctoken: ['__index'],
      ...(own && { 'lid-mapping': [own.phoneNumber], 'device-list': [own.phoneNumber] }),
    }),
    jidsOf: (own) =>
      own ? [`${own.phoneNumber}@s.whatsapp.net`, ...(own.lid === undefined ? [] : [`${own.lid}@lid`])] : [],
    readMessage,
    openMedia: (media, proxy) =>
      openReceivedMedia(media, {
        hosts: options.mediaHosts,
        agent: proxy && agentsOf(proxy).agent,
        clock: options.clock,
      }),
  };
}

/** A pairing code sets `me` long before the phone agrees, so only the signed identity counts. */
const isLinked = (credentials: unknown): credentials is AuthenticationCreds =>
  typeof credentials === 'object' && credentials !== null && 'account' in credentials && Boolean(credentials.account);
