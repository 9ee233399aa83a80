import type { IncomingMessage } from 'node:http';
import type { AuthenticationCreds, BinaryNode, CacheStore, ConnectionState } from '@whiskeysockets/baileys';
import { sleep } from '#core/domain/clock.ts';
import { AckBook } from './ack-book.ts';
import {
  arrivalOf,
  deviceOf,
  inOrderOfArrival,
  isControl,
  isUnavailable,
  type OwnAddresses,
  partsOf,
} from './arrivals.ts';
import { BaileysAccount } from './baileys-account.ts';
import { makeBaileysLogger } from './baileys-logger.ts';
import { gateCalls } from './calls.ts';
import { closedOf } from './closed-of.ts';
import type { EngineOptions } from './engine-options.ts';
import { gateFrames, type Line } from './frame-gate.ts';
import { keyStoreOf } from './key-store.ts';
import { makeSender } from './make-sender.ts';
import { askForMedia } from './media-request.ts';
import type { MessageSender } from './message-sender.ts';
import { gateNumberChanges } from './number-changes.ts';
import { KEEP_ALIVE_MS, openSocket, type Socket } from './open-socket.ts';
import { ownNumberOf } from './own-number.ts';
import { receiptOf, withParticipant } from './receipts.ts';
import { SentContents } from './sent-contents.ts';
import { SessionRenewals } from './session-renewals.ts';
import { type DurableSignal, makeDurableSignal } from './signal-repository.ts';
import { gateStanzas } from './stanza-gate.ts';
import { Watchdog } from './watchdog.ts';
import type {
  Closed,
  ConnectOptions,
  OutgoingMessage,
  ReadMark,
  ReceivedMedia,
  ReceivedMessage,
  SendOutcome,
  WhatsAppConnection,
} from './whatsapp-port.ts';

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
  readonly account: BaileysAccount;
  readonly #options: EngineOptions & ConnectOptions;
  readonly #creds: AuthenticationCreds;
  readonly #socket: Socket;
  readonly #signal: DurableSignal;
  readonly #renewals: SessionRenewals;
  readonly #acks = new AckBook();
  readonly #watchdog: Watchdog;
  readonly #sender: MessageSender;
  readonly #ended = Promise.withResolvers<void>();
  #qrs = 0;
  #toldName: string | undefined;
  #isOpen = false;
  #isDeaf = false;
  /** HTTP status instead of a WebSocket. */
  #refusedWith: number | undefined;
  #wasHeard = false;
  #over = false;

  constructor(options: EngineOptions & ConnectOptions, creds: AuthenticationCreds) {
    const { url, logger, clock, silence, ledger, journal, caches, proxy, version } = options;
    this.#options = options;
    this.#creds = creds;
    this.#renewals = new SessionRenewals({ clock, deviceOf: (jid) => deviceOf(jid, ledger) });
    this.#signal = makeDurableSignal({
      journal,
      silence,
      read: (stanza) => arrivalOf(stanza, this.#own(), ledger),
      deviceOf: (jid) => deviceOf(jid, ledger),
      renewals: this.#renewals,
    });
    const sent = new SentContents();
    const calls = gateCalls({ cache: caches['callOfferCache'] as CacheStore, ledger, onCall: options.onCall });
    this.#socket = openSocket({
      url,
      logger: makeBaileysLogger(logger),
      creds,
      keys: keyStoreOf({ ledger, journal }),
      makeSignalRepository: this.#signal.makeSignalRepository,
      caches: { ...caches, callOfferCache: calls.cache },
      sentMessage: async (id) => sent.get(id) ?? options.sentMessage(id),
      version,
      through: proxy && options.agentsOf(proxy),
    });
    this.#socket.ws.prependListener('CB:call', calls.touch);
    this.account = new BaileysAccount(this.#socket, () => this.#own().id);
    const line = this.#line();
    if (line) gateFrames(line, silence);
    this.#watchdog = new Watchdog({ clock, deafAfterMs: DEAF_AFTER_MS, onDeaf: () => this.#onDeaf() });
    this.#sender = makeSender({
      ...options,
      socket: this.#socket,
      acks: this.#acks,
      ended: this.#ended.promise,
      creds,
      sent,
      onWedged: () => this.#terminate(),
    });
    this.#listen();
  }

  get lastFrameAgeMs(): number {
    return this.#watchdog.silentMs;
  }

  get pendingAcks(): number {
    return this.#acks.size;
  }

  send(message: OutgoingMessage): Promise<SendOutcome> {
    if (this.#over) return Promise.resolve({ type: 'interrupted' });
    return this.#sender.send(message);
  }

  async markRead({ chat: remoteJid, author, stanzaIds }: ReadMark): Promise<void> {
    const common = { remoteJid, fromMe: false, ...(author !== undefined && { participant: author }) };
    await this.#socket.readMessages(stanzaIds.map((id) => ({ ...common, id })));
  }

  async setTyping(chat: string, isTyping: boolean): Promise<void> {
    await this.#socket.sendPresenceUpdate(isTyping ? 'composing' : 'paused', chat);
  }

  requestPairingCode(phone: string): Promise<string> {
    return this.#socket.requestPairingCode(phone);
  }

  askForMedia(media: ReceivedMedia, of: ReceivedMessage): Promise<ReceivedMedia> {
    const { clock } = this.#options;
    const ended = this.#ended.promise.then((): never => {
      throw new Error('the connection ended');
    });
    return Promise.race([askForMedia({ socket: this.#socket, clock, ownJid: this.#own().id }, media, of), ended]);
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
    const touch = gateStanzas(receiptMutex, (stanza) => this.#publishReceipt(stanza));
    ws.prependListener('CB:message', (stanza: BinaryNode) => this.#onMessage(stanza));
    ws.prependListener('CB:receipt', touch);
    gateNumberChanges(this.#socket, this.#options.onNumberChange);
    // Runs before `touch`, which notes who reads the sender.
    this.#renewals.listenTo(ws);
    ws.on('CB:ack,class:message', (stanza: BinaryNode) => this.#acks.onAck(stanza));
    // Baileys passes this on, and then nobody ends the attempt.
    ws.on('unexpected-response', (_request: unknown, { statusCode }: IncomingMessage) => {
      this.#refusedWith = statusCode;
      this.#terminate();
    });
    ws.on('frame', () => {
      this.#wasHeard = true;
      this.#watchdog.heard();
    });
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
    if (update.isNewLogin === true) listener.onPaired(ownNumberOf(this.#creds));
    if (update.connection === 'open') this.#onOpen();
    if (update.connection === 'close') this.#onClose(update.lastDisconnect?.error);
  }

  #onOpen(): void {
    const own = ownNumberOf(this.#creds);
    this.#isOpen = true;
    this.#toldName = own.profileName;
    this.#options.listener.onOpen(own);
  }

  /** After a first pairing the phone tells the profile name some seconds after the line is open. */
  #tellName(): void {
    const own = ownNumberOf(this.#creds);
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
      return listener.onClosed(this.#closedOf(reason));
    });
  }

  #onDeaf(): void {
    this.#isDeaf = true;
    this.#options.logger.warn({ silentMs: Math.round(this.lastFrameAgeMs) }, 'connection is deaf');
    this.#terminate();
  }

  #closedOf(reason: unknown): Closed {
    const proxied = this.#options.proxy && !this.#wasHeard ? { proxied: true } : {};
    if (this.#refusedWith !== undefined) return { code: this.#refusedWith, cause: 'upgrade', ...proxied };
    const closed = closedOf(reason);
    return this.#isDeaf ? { ...closed, cause: 'deaf' } : { ...closed, ...proxied };
  }

  async #writesDone(): Promise<void> {
    await this.#signal.drained();
    await this.#options.ledger.flush();
  }

  #onMessage(stanza: BinaryNode): void {
    inOrderOfArrival(stanza);
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
