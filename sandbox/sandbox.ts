import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import { BufferJSON } from '@whiskeysockets/baileys';
import { WebSocketServer } from 'ws';
import type { Clock } from '#core/domain/clock.ts';
import { systemClock } from '#core/domain/clock.ts';
import { controlApi } from './control/control-api.ts';
import type { MediaHost } from './media/media-host.ts';
import { startMediaHost } from './media/media-host.ts';
import { PhoneEvents } from './phones/phone-events.ts';
import { PhoneRegistry } from './phones/phone-registry.ts';
import { quietLibsignal } from './phones/quiet-libsignal.ts';
import type { SandboxLogger } from './sandbox-logger.ts';
import { silentLogger } from './sandbox-logger.ts';
import type { ServerContext } from './server/server-context.ts';
import { Switchboard } from './server/switchboard.ts';
import { WhatsAppServer } from './server/whatsapp-server.ts';
import { openDatabase } from './store/database.ts';
import { DeviceRegistry } from './store/device-registry.ts';
import { Directory } from './store/directory.ts';
import { GroupStore } from './store/group-store.ts';
import { MessageLog } from './store/message-log.ts';
import { OrderStore } from './store/order-store.ts';
import { ProfileStore } from './store/profile-store.ts';
import { StanzaQueue } from './store/stanza-queue.ts';
import type { NoiseIdentity } from './wire/noise-responder.ts';
import { createNoiseIdentity } from './wire/noise-responder.ts';

const LOOPBACK = '127.0.0.1';
const SOCKET_PATH = '/ws/chat';

export interface SandboxOptions {
  /** Where everything is kept; without it the sandbox forgets all when it stops. */
  readonly dataFolder?: string | undefined;
  /** The time that stanzas carry; the machine's by default. */
  readonly clock?: Clock;
  /** Port of the WebSocket and the control API; any free one by default. */
  readonly port?: number | undefined;
  /** Port of the HTTPS media host; the one that it had before, or any free one, by default. */
  readonly mediaPort?: number | undefined;
  readonly logger?: SandboxLogger;
  /** Makes that many random bytes. */
  readonly random?: (size: number) => Buffer;
}

export interface Sandbox {
  /** What a WhatsApp client connects to: `ws://127.0.0.1:PORT/ws/chat`. */
  readonly whatsappUrl: string;
  /** The control API: `http://127.0.0.1:PORT`. */
  readonly controlUrl: string;
  /** Where clients fetch and put encrypted media, `127.0.0.1:PORT`; https. */
  readonly mediaHost: string;
  /** PEM file of the authority that signed the media host's certificate; for `NODE_EXTRA_CA_CERTS`. */
  readonly caCertificateFile: string;
  /** Cuts all lines and frees the ports. Resolves when the data is on disk. */
  close(): Promise<void>;
}

/**
 * Starts a simulated WhatsApp on loopback: the server that an unmodified client talks to, its media host, simulated
 * people with phones, and the API that drives them. Rejects when a port is taken or the data is of another layout.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  quietLibsignal();
  const database = openDatabase(options.dataFolder);
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  let media: MediaHost | undefined;
  try {
    media = await startMediaHost({ database, folder: options.dataFolder, port: options.mediaPort });
    return await startParts({ ...options, database, clock, logger, media });
  } catch (error) {
    await media?.close();
    database.close();
    throw error;
  }
}

interface Parts extends SandboxOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly logger: SandboxLogger;
  readonly media: MediaHost;
}

async function startParts(parts: Parts): Promise<Sandbox> {
  const { database, clock, logger, media } = parts;
  const phones = new PhoneRegistry();
  const queue = new StanzaQueue(database);
  const context: ServerContext = {
    database,
    clock,
    logger,
    random: parts.random ?? randomBytes,
    directory: new Directory(database, clock),
    devices: new DeviceRegistry(database),
    queue,
    groups: new GroupStore(database),
    profiles: new ProfileStore(database),
    orders: new OrderStore(database),
    switchboard: new Switchboard(queue, (address) => phones.wake(address)),
    people: phones,
    mediaHost: () => media.host,
  };
  const server = new WhatsAppServer(context, noiseIdentity(database, clock), systemClock);
  const log = new MessageLog(database);
  const events = new PhoneEvents();
  phones.start({ context, router: server.router, log, events, files: media.files });
  const http = createServer(controlApi({ context, server, phones, log, events, media }));
  serveSockets(http, server);
  const port = await listen(http, parts.port ?? 0);
  return {
    whatsappUrl: `ws://${LOOPBACK}:${port}${SOCKET_PATH}`,
    controlUrl: `http://${LOOPBACK}:${port}`,
    mediaHost: media.host,
    caCertificateFile: media.caCertificateFile,
    async close() {
      server.close();
      http.closeAllConnections();
      await new Promise((resolve) => void http.close(resolve));
      await phones.settled();
      await media.close();
      database.close();
    },
  };
}

function serveSockets(http: Server, server: WhatsAppServer): void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (new URL(request.url ?? '/', 'http://loopback').pathname !== SOCKET_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => server.accept(client));
  });
}

function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, LOOPBACK, () => {
      const address = http.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** The server's key and certificate, made once. */
function noiseIdentity(database: DatabaseSync, clock: Clock): NoiseIdentity {
  const stored = database.prepare("SELECT value FROM settings WHERE name = 'noise'").get()?.['value'];
  if (stored instanceof Uint8Array) {
    return JSON.parse(Buffer.from(stored).toString('utf8'), BufferJSON.reviver) as NoiseIdentity;
  }
  const made = createNoiseIdentity(clock.now());
  const identity = { staticKey: made.staticKey, certificate: Buffer.from(made.certificate) };
  database
    .prepare("INSERT INTO settings VALUES ('noise', ?)")
    .run(Buffer.from(JSON.stringify(identity, BufferJSON.replacer)));
  return identity;
}
