import type { AuthenticationCreds, BinaryNode, ConnectionState } from '@whiskeysockets/baileys';
import { jidDecode } from '@whiskeysockets/baileys';
import { type Clock, sleep } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { Silence } from '../task/self-fence.ts';
import { AckBook } from './ack-book.ts';
import { arrivalOf, deviceOf, isControl, type OwnAddresses, partsOf } from './arrivals.ts';
import { makeBaileysLogger } from './baileys-logger.ts';
import { closedOf } from './closed-of.ts';
import { gateFrames, type Line } from './frame-gate.ts';
import { keyStoreOf } from './key-store.ts';
import { MessageSender } from './message-sender.ts';
import { KEEP_ALIVE_MS, openSocket, type Socket } from './open-socket.ts';
import { gateReceipts } from './receipt-gate.ts';
import { receiptOf, withParticipant } from './receipts.ts';
import { type DurableSignal, makeDurableSignal } from './signal-repository.ts';
import { Watchdog } from './watchdog.ts';
import type { ConnectOptions, OutgoingMessage, OwnNumber, SendOutcome, WhatsAppConnection } from './whatsapp-port.ts';

export interface EngineOptions {
  /** Another server than WhatsApp's own. */
  readonly url: URL | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly silence: Silence;
}

/** How long a QR lives: the first one, the others (whatsapp.md section 6), milliseconds. */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
/** A ping and its answer may be this late before the line counts as dead. */
const DEAF_AFTER_MS = KEEP_ALIVE_MS + 10_000;
/** The other side gets this long for the closing handshake. */
const CLOSE_WAIT_MS = 2000;
/** A WebSocket whose reader has stumbled over an error never tells that it is closed. */
const TERMINATE_WAIT_MS = 1000;
const LOGOUT_WAIT_MS = 10_000;
/** Baileys adds one key for each chunk of history and never takes one away (whatsapp.md section 4). */
const HISTORY_KEYS_KEPT = 50;

/** One connection of one session, through an unmodified Baileys. */
export class BaileysConnection implements WhatsAppConnection {
  readonly #options: EngineOptions & ConnectOptions;
  readonly #creds: AuthenticationCreds;
  readonly #socket: Socket;
  readonly #signal: DurableSignal;
  readonly #acks = new AckBook();
  readonly #watchdog: Watchdog;
  readonly #sender: MessageSender;
  readonly #ended = Promise.withResolvers<void>();
  #qrs = 0;
  #toldName: string | undefined;
  #isOpen = false;
  #over = false;

  constructor(options: EngineOptions & ConnectOptions, creds: AuthenticationCreds) {
    const { url, logger, clock, silence, ledger, journal, caches } = options;
    this.#options = options;
    this.#creds = creds;
    this.#signal = makeDurableSignal({
      journal,
      silence,
      read: (stanza) => arrivalOf(stanza, this.#own(), ledger),
      deviceOf: (jid) => deviceOf(jid, ledger),
    });
    const sent = new Map<string, Uint8Array>();
    this.#socket = openSocket({
      url,
      logger: makeBaileysLogger(logger),
      creds,
      keys: keyStoreOf({ ledger, journal }),
      makeSignalRepository: this.#signal.makeSignalRepository,
      caches,
      sentMessage: async (id) => sent.get(id) ?? options.sentMessage(id),
    });
    const line = this.#line();
    if (line) gateFrames(line, silence);
    this.#watchdog = new Watchdog({ clock, deafAfterMs: DEAF_AFTER_MS, onDeaf: () => this.#terminate() });
    this.#sender = new MessageSender({
      socket: this.#socket,
      acks: this.#acks,
      clock,
      ended: this.#ended.promise,
      forgetDevices: (user) => (caches['userDevicesCache'] as { del(key: string): void } | undefined)?.del(user),
      // The row follows the acknowledgement; a device may ask for the content before that.
      remember: (id, content) => rememberLatest(sent, id, content),
      onWedged: () => this.#terminate(),
    });
    this.#listen();
  }

  send(message: OutgoingMessage): Promise<SendOutcome> {
    if (this.#over) return Promise.resolve({ type: 'interrupted' });
    return this.#sender.send(message);
  }

  requestPairingCode(phone: string): Promise<string> {
    return this.#socket.requestPairingCode(phone);
  }

  async logout(): Promise<void> {
    const said = this.#socket.logout().catch((error: unknown) => {
      this.#options.logger.warn({ error }, 'logout did not reach whatsapp');
    });
    await Promise.race([said, this.#ended.promise, sleep(this.#options.clock, LOGOUT_WAIT_MS)]);
    await this.close();
  }

  async close(): Promise<void> {
    this.#signal.seal();
    if (!this.#over) {
      void this.#socket.end(undefined);
      await Promise.race([this.#ended.promise, sleep(this.#options.clock, CLOSE_WAIT_MS)]);
      this.#terminate();
    }
    await this.#ended.promise;
  }

  #listen(): void {
    const { ws, ev, receiptMutex } = this.#socket;
    const touch = gateReceipts(receiptMutex, (stanza) => this.#publishReceipt(stanza));
    ws.prependListener('CB:message', (stanza: BinaryNode) => this.#onMessage(stanza));
    ws.prependListener('CB:receipt', touch);
    ws.on('CB:ack,class:message', (stanza: BinaryNode) => this.#acks.onAck(stanza));
    ws.on('frame', () => this.#watchdog.heard());
    ev.on('creds.update', () => {
      this.#saveCredentials();
      this.#tellName();
    });
    ev.on('connection.update', (update) => this.#onUpdate(update));
  }

  #onUpdate(update: Partial<ConnectionState>): void {
    const { listener } = this.#options;
    if (this.#over) return;
    if (update.qr !== undefined) listener.onQr(update.qr, this.#qrs++ === 0 ? FIRST_QR_MS : NEXT_QR_MS);
    if (update.isNewLogin === true) listener.onPaired(this.#ownNumber());
    if (update.connection === 'open') this.#onOpen();
    if (update.connection === 'close') this.#onClose(update.lastDisconnect?.error);
  }

  #onOpen(): void {
    const own = this.#ownNumber();
    this.#isOpen = true;
    this.#toldName = own.profileName;
    this.#options.listener.onOpen(own);
  }

  /** After a first pairing the phone tells the profile name some seconds after the line is open. */
  #tellName(): void {
    const own = this.#ownNumber();
    if (!this.#isOpen || this.#over || own.profileName === this.#toldName) return;
    this.#toldName = own.profileName;
    this.#options.listener.onOwnNumber(own);
  }

  /** Baileys drops its event buffer next, so it is emptied first; the session hears of it when all writes are through. */
  #onClose(reason: unknown): void {
    const { listener } = this.#options;
    this.#over = true;
    this.#watchdog.stop();
    this.#signal.seal();
    this.#socket.ev.flush();
    void this.#writesDone().then(() => {
      this.#ended.resolve();
      return listener.onClosed(closedOf(reason));
    });
  }

  async #writesDone(): Promise<void> {
    await this.#signal.drained();
    await this.#options.ledger.flush();
  }

  #onMessage(stanza: BinaryNode): void {
    this.#signal.expect(stanza);
    if (partsOf(stanza).size > 0 || isControl(stanza) || !isUnavailable(stanza)) return;
    const { ledger, journal, logger } = this.#options;
    // WhatsApp keeps the content from linked devices, such as of messages that may be seen once.
    arrivalOf(stanza, this.#own(), ledger)
      .then((arrival) => journal.undecryptable(arrival))
      .catch((error: unknown) => logger.error({ error }, 'message without content not stored'));
  }

  async #publishReceipt(stanza: BinaryNode): Promise<void> {
    const receipt = receiptOf(stanza, this.#own());
    if (!receipt) return;
    this.#acks.onReceipt(receipt.stanzaIds);
    const { listener, ledger } = this.#options;
    await listener.onReceipt(await withParticipant(receipt, ledger));
  }

  /** Before the phone has scanned there is nothing worth keeping: the next attempt begins with new keys. */
  #saveCredentials(): void {
    if (!this.#creds.account) return;
    this.#creds.processedHistoryMessages = this.#creds.processedHistoryMessages.slice(-HISTORY_KEYS_KEPT);
    this.#options.ledger.saveCredentials(this.#creds);
  }

  #own(): OwnAddresses {
    return { id: this.#creds.me?.id ?? '', lid: this.#creds.me?.lid ?? '' };
  }

  #ownNumber(): OwnNumber {
    const { id = '', lid = '', name } = this.#creds.me ?? {};
    const lidUser = jidDecode(lid)?.user;
    return {
      phoneNumber: jidDecode(id)?.user ?? '',
      ...(lidUser && { lid: lidUser }),
      // Baileys' own placeholder of a number paired by code.
      ...(name && name !== '~' && { profileName: name }),
    };
  }

  /**
   * Baileys' type hides its WebSocket, which is the only way to end a line that no longer answers and the last place before
   * the wire.
   */
  #line(): (Line & { terminate(): void }) | null {
    return (this.#socket.ws as unknown as { readonly socket: (Line & { terminate(): void }) | null }).socket;
  }

  #terminate(): void {
    this.#line()?.terminate();
    this.#options.clock.after(TERMINATE_WAIT_MS, () => {
      if (this.#over) return;
      void this.#socket.end(undefined);
      this.#onClose(undefined);
    });
  }
}

const isUnavailable = ({ content }: BinaryNode): boolean =>
  Array.isArray(content) && content.some(({ tag }) => tag === 'unavailable');

/** Contents of sent messages that are surely in their rows after so many others, D3's retry store. */
const REMEMBERED = 256;

function rememberLatest(sent: Map<string, Uint8Array>, id: string, content: Uint8Array): void {
  sent.set(id, content);
  const oldest = sent.size > REMEMBERED ? sent.keys().next() : undefined;
  if (oldest && !oldest.done) sent.delete(oldest.value);
}
