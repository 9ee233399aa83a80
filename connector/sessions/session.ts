import { type Clock, sleep } from '#core/domain/clock.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { AuthLedger, type AuthLedgerOptions } from '../auth-state/auth-ledger.ts';
import type { AuthTable } from '../auth-state/auth-table.ts';
import { keepTrying } from '../keep-trying.ts';
import type { SentBook } from '../messages/sent-book.ts';
import type { Logger } from '../observability/logger.ts';
import type { Silence } from '../task/self-fence.ts';
import type {
  Closed,
  InboundJournal,
  OutgoingMessage,
  OwnNumber,
  Receipt,
  SendOutcome,
  SessionCaches,
  WhatsApp,
  WhatsAppConnection,
} from '../whatsapp/whatsapp-port.ts';
import { ChangeWatch } from './change-watch.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { currentSession, type SessionIdentity } from './session-identity.ts';
import { idleState, type SessionEffect, type SessionInput, type SessionState, step } from './session-machine.ts';
import type { SessionReporter } from './session-reporter.ts';

export interface SessionOptions {
  readonly identity: SessionIdentity;
  readonly whatsapp: WhatsApp;
  readonly authTable: AuthTable;
  readonly journal: InboundJournal;
  readonly sent: SentBook;
  readonly sentMessage: (stanzaId: string) => Promise<Uint8Array | undefined>;
  readonly onReceipt: (receipt: Receipt) => Promise<void>;
  readonly reporter: SessionReporter;
  readonly throttle: LoginThrottle;
  readonly silence: Silence;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** As the row says it; `released`: its owner wants it to rest. */
  readonly known: { readonly status: SessionStatus; readonly released: boolean; readonly own?: OwnNumber };
}

/** How long a logout may take to get a connection to say it on, milliseconds. */
const LOGOUT_CONNECT_MS = 20_000;
/** How long the ledger may take to become durable when the process ends, milliseconds. */
const LAST_WRITES_MS = 10_000;

/** One linked number: its connection, its ledger and where it is in its life. */
export class Session {
  readonly identity: SessionIdentity;
  /** What it has sent. */
  readonly sent: SentBook;
  readonly #options: SessionOptions;
  readonly #changes = new ChangeWatch();
  #state: SessionState;
  #sinceMs: number;
  #own: OwnNumber | undefined;
  #qr: { readonly qr: string; readonly expiresAtMs: number } | undefined;
  #ledger: Promise<AuthLedger> | undefined;
  #caches: SessionCaches;
  #connection: WhatsAppConnection | undefined;
  #cancelWait = (): void => undefined;
  #loginThrough = (): void => undefined;
  /** We end the connection ourselves; what it says last does not count. */
  #leaving = false;

  constructor(options: SessionOptions) {
    this.identity = options.identity;
    this.sent = options.sent;
    this.#options = options;
    this.#state = idleState(options.known.status, false, options.known.released);
    this.#own = options.known.own;
    this.#caches = options.whatsapp.makeCaches();
    this.#sinceMs = options.clock.now();
    options.reporter.assume(options.known.status);
  }

  get status(): SessionStatus {
    return this.#state.status;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** It has or wants a connection. */
  get running(): boolean {
    return this.#state.running;
  }

  get linked(): boolean {
    return this.#state.linked;
  }

  get qr(): string | undefined {
    return this.#qr?.qr;
  }

  /** Own phone number, digits; empty before it was ever paired. */
  get phoneNumber(): string {
    return this.#own?.phoneNumber ?? '';
  }

  /** Connects, or pairs when no phone has linked it; nothing to do when that goes on already. */
  async start(): Promise<void> {
    if (this.#state.status === 'logged_out') await this.#forgetLink();
    const linked = await this.#isLinked();
    const wasOpen = this.#state.status === 'open' || this.#state.status === 'reconnecting';
    if (this.#connection) return;
    this.#leaving = false;
    this.#cancelWait();
    this.#dispatch({ type: 'start', linked, wasOpen });
  }

  /** Closes the connection and keeps the link. */
  async stop(): Promise<void> {
    this.#dispatch({ type: 'stop' });
    await this.#disconnect();
    await this.#options.reporter.settled();
  }

  /** Unlinks the device at WhatsApp, as far as it can be reached, and erases its keys. */
  async logout(): Promise<void> {
    if (await this.#isLinked()) await this.#unlink();
    await this.#disconnect();
    await this.#forgetLink();
    this.#dispatch({ type: 'logged_out' });
    await this.#options.reporter.settled();
  }

  /** Ends everything in this process; the session goes on elsewhere. */
  async shutdown(): Promise<void> {
    await this.#disconnect();
    const ledger = await this.#ledger;
    await Promise.race([ledger?.flush(), sleep(this.#options.clock, LAST_WRITES_MS)]);
    ledger?.close();
  }

  /** After an error that nobody caught: a new connection. */
  recycle(): void {
    void this.#connection?.close();
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    await this.#options.silence.lifted();
    if (!this.#connection || this.status !== 'open') return { type: 'interrupted' };
    return this.#connection.send(message);
  }

  /** @throws Error when no QR is offered */
  async requestPairingCode(phone: string): Promise<string> {
    if (!this.#connection || !this.#qr) throw new Error('The session is not waiting for a phone.');
    return this.#connection.requestPairingCode(phone);
  }

  /** Resolves at the first change after which `holds`, at once if it does already, and when `signal` aborts. */
  until(holds: (session: Session) => boolean, signal: AbortSignal): Promise<void> {
    return this.#changes.until(() => holds(this), signal);
  }

  #dispatch(input: SessionInput): void {
    const { clock, random, logger } = this.#options;
    const before = this.#state;
    const { state, effects } = step(before, input, { nowMs: clock.monotonic(), random: random() });
    this.#state = state;
    if (state.status !== 'pairing') this.#qr = undefined;
    if (state.status !== before.status) {
      this.#sinceMs = clock.now();
      logger.info({ status: state.status, reason: state.reason }, 'session status');
    }
    if (state !== before) this.#report();
    for (const effect of effects) this.#perform(effect);
    this.#changes.notify();
  }

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'connect':
        void this.#connect();
        return;
      case 'wait':
        this.#cancelWait = this.#options.clock.after(effect.delayMs, () => this.#dispatch({ type: 'due' }));
        return;
      case 'disconnect':
        void this.#disconnect();
        return;
    }
  }

  async #connect(): Promise<void> {
    const { whatsapp, journal, sentMessage, throttle, silence, identity } = this.#options;
    const ledger = await this.#loadLedger();
    const giveBack = await throttle.turn();
    await silence.lifted();
    if (this.#connection || this.#leaving || !this.running) return giveBack();
    this.#loginThrough = giveBack;
    const { sessionUid } = identity;
    currentSession.run(sessionUid, () => {
      const listener = this.#listener();
      this.#connection = whatsapp.connect({ ledger, journal, listener, sentMessage, caches: this.#caches });
    });
  }

  #listener() {
    return {
      onQr: (qr: string, livesMs: number): void => {
        this.#loginThrough();
        this.#qr = { qr, expiresAtMs: this.#options.clock.now() + livesMs };
        this.#dispatch({ type: 'qr' });
      },
      onPaired: (own: OwnNumber): void => {
        this.#own = own;
        this.#dispatch({ type: 'paired' });
      },
      onOpen: (own: OwnNumber): void => {
        this.#loginThrough();
        this.#own = own;
        this.#dispatch({ type: 'opened' });
      },
      onOwnNumber: (own: OwnNumber): void => {
        this.#own = own;
        this.#report();
      },
      onReceipt: (receipt: Receipt): Promise<void> => this.#options.onReceipt(receipt),
      onClosed: (closed: Closed): void => {
        this.#loginThrough();
        this.#connection = undefined;
        this.#options.logger.info({ code: closed.code, cause: closed.cause }, 'connection closed');
        if (!this.#leaving) this.#dispatch({ type: 'closed', closed });
      },
    };
  }

  async #disconnect(): Promise<void> {
    this.#leaving = true;
    this.#cancelWait();
    await this.#connection?.close();
    this.#connection = undefined;
  }

  async #unlink(): Promise<void> {
    const { clock, logger } = this.#options;
    if (this.#state.status !== 'logged_out' && this.status !== 'open') await this.start();
    const bound = new AbortController();
    const cancel = clock.after(LOGOUT_CONNECT_MS, () => bound.abort());
    await this.until((session) => session.status === 'open' || !session.running, bound.signal);
    cancel();
    if (this.status !== 'open') logger.warn({ status: this.status }, 'logged out without a word to whatsapp');
    this.#leaving = true;
    await this.#connection?.logout();
  }

  async #forgetLink(): Promise<void> {
    const ledger = await this.#ledger;
    await ledger?.flush();
    ledger?.close();
    this.#ledger = undefined;
    this.#caches = this.#options.whatsapp.makeCaches();
    await keepTrying({ clock: this.#options.clock }, () => AuthLedger.erase(this.#ledgerOptions()));
  }

  async #isLinked(): Promise<boolean> {
    const { credentials } = await this.#loadLedger();
    const linked = this.#options.whatsapp.isLinked(credentials);
    this.#state = { ...this.#state, linked };
    return linked;
  }

  #loadLedger(): Promise<AuthLedger> {
    this.#ledger ??= keepTrying({ clock: this.#options.clock }, () => AuthLedger.load(this.#ledgerOptions()));
    return this.#ledger;
  }

  #ledgerOptions(): AuthLedgerOptions {
    const { authTable, identity, clock, logger } = this.#options;
    const onFailure = (error: unknown): void => logger.warn({ error }, 'ledger write failed');
    return { table: authTable, sessionUid: identity.sessionUid, clock, onFailure };
  }

  #report(): void {
    const { status, reason } = this.#state;
    this.#options.reporter.report({
      status,
      reason,
      sinceMs: this.#sinceMs,
      phoneNumber: this.#own?.phoneNumber,
      lid: this.#own?.lid,
      profileName: this.#own?.profileName,
      qr: this.#qr?.qr,
      qrExpiresAtMs: this.#qr?.expiresAtMs,
    });
  }
}
