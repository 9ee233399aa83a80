import { inTime } from '#core/domain/clock.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { Metric } from '#core/observability/metrics.ts';
import type { SentBook } from '../messages/sent-book.ts';
import type {
  Closed,
  ConnectionListener,
  OutgoingMessage,
  OwnNumber,
  SendOutcome,
  WhatsAppConnection,
} from '../whatsapp/whatsapp-port.ts';
import { ChangeWatch } from './change-watch.ts';
import { ruleOf } from './disconnect-reason.ts';
import { LAST_WRITES_MS, LOGOUT_CONNECT_MS } from './figures.ts';
import type { LoginKind } from './login-throttle.ts';
import type { ProxyChoice } from './proxy-choice.ts';
import type { SessionIdentity } from './session-identity.ts';
import { SessionLine } from './session-line.ts';
import { step } from './session-machine.ts';
import { noticeOf } from './session-notices.ts';
import type { SessionOptions } from './session-options.ts';
import { reportOf, type ShownQr } from './session-report.ts';
import type { SessionEffect, SessionInput, SessionState } from './session-state.ts';
import { SessionVitals } from './session-vitals.ts';

/** One linked number: its connection and where it is in its life. */
export class Session {
  readonly identity: SessionIdentity;
  /** What it has sent. */
  readonly sent: SentBook;
  readonly vitals: SessionVitals;
  readonly #options: SessionOptions;
  readonly #changes = new ChangeWatch();
  readonly #line: SessionLine;
  #state: SessionState;
  #sinceMs: number;
  #own: OwnNumber | undefined;
  #qr: ShownQr | undefined;
  #cancelWait = (): void => undefined;
  /** Its start has come to an end once: it was open, showed a code, failed or stopped. */
  #settled = false;

  constructor(options: SessionOptions) {
    this.identity = options.identity;
    this.sent = options.sent;
    this.vitals = new SessionVitals(options.clock);
    this.#line = new SessionLine(options);
    this.#options = options;
    this.#state = options.known.state;
    this.#own = options.known.own;
    this.#sinceMs = options.clock.now();
    options.reporter.assume(options.known.state.status);
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

  get settled(): boolean {
    return this.#settled;
  }

  /** It is not started because its work took tasks down; only its owner's start lifts that. */
  get quarantined(): boolean {
    return this.#state.reason === 'quarantined';
  }

  get qr(): string | undefined {
    return this.#qr?.qr;
  }

  /** Own phone number, digits; empty before it was ever paired. */
  get phoneNumber(): string {
    return this.#own?.phoneNumber ?? '';
  }

  /** The number as far as WhatsApp has told it. */
  get own(): OwnNumber | undefined {
    return this.#own;
  }

  get connection(): WhatsAppConnection | undefined {
    return this.#line.connection;
  }

  get proxy(): ProxyChoice {
    return this.#line.proxy;
  }

  /** Connects, or pairs when no phone has linked it; a wait between attempts is cut short. Not for a quarantined session. */
  async start(): Promise<void> {
    if (this.quarantined) return;
    if (this.#state.status === 'logged_out') await this.#forgetLink();
    const linked = await this.#isLinked();
    const wasOpen = this.#state.status === 'open' || this.#state.status === 'reconnecting';
    if (this.connection) return;
    this.#line.allow();
    this.#dispatch({ type: 'start', linked, wasOpen });
  }

  /** A start begins. */
  unsettle(): void {
    this.#settled = false;
  }

  /** Its work took tasks down: it rests. */
  quarantine(): void {
    this.#dispatch({ type: 'barred', reason: 'quarantined' });
  }

  /** It may be started again. */
  liftQuarantine(): void {
    if (!this.quarantined) return;
    const { reason: _reason, ...state } = this.#state;
    this.#state = state;
  }

  /** Closes the connection and keeps the link. */
  async stop(): Promise<void> {
    this.#dispatch({ type: 'stop' });
    await this.#disconnect();
    await this.#options.reporter.settled();
  }

  /**
   * Unlinks the device at WhatsApp, as far as it can be reached, and erases its keys.
   * @param reach false: without a word to WhatsApp, for a session that can't be connected without harm
   */
  async logout(reach = true): Promise<void> {
    if (reach && (await this.#isLinked())) await this.#unlink();
    await this.#disconnect();
    await this.#forgetLink();
    this.#dispatch({ type: 'logged_out' });
    await this.#options.reporter.settled();
  }

  /** Ends everything in this process; the session goes on elsewhere. */
  async shutdown(): Promise<void> {
    const { ledger, clock } = this.#options;
    await this.#disconnect();
    await inTime(clock, LAST_WRITES_MS, ledger.flush());
    await ledger.close();
  }

  /** A new connection, after an error that nobody caught for example. */
  recycle(): void {
    void this.connection?.close();
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    await this.#options.silence.lifted();
    if (!this.connection || this.status !== 'open') return { type: 'interrupted' };
    return this.connection.send(message);
  }

  /** @throws Error when no QR is offered */
  async requestPairingCode(phone: string): Promise<string> {
    if (!this.connection || !this.#qr) throw new Error('The session is not waiting for a phone.');
    return this.connection.requestPairingCode(phone);
  }

  /** Resolves at the first change after which `holds`, at once if it does already, and when `signal` aborts. */
  until(holds: (session: Session) => boolean, signal: AbortSignal): Promise<void> {
    return this.#changes.until(() => holds(this), signal);
  }

  #dispatch(input: SessionInput): void {
    const { clock, random, logger, connectAttempts } = this.#options;
    const before = this.#state;
    const { state, effects } = step(before, input, {
      nowMs: clock.monotonic(),
      wallMs: clock.now(),
      random: random(),
      attemptsAllowed: connectAttempts,
    });
    this.#state = state;
    if (state.status !== 'pairing') this.#qr = undefined;
    if (!state.running) this.#settled = true;
    if (state.status !== before.status) this.#sinceMs = clock.now();
    if (state.status !== before.status || state.reason !== before.reason) {
      logger.info({ status: state.status, reason: state.reason }, 'session status');
    }
    if (state !== before) this.#report();
    for (const effect of effects) this.#perform(effect);
    this.#changes.notify();
  }

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#cancelWait();
        void this.#connect();
        return;
      case 'wait':
        this.#cancelWait();
        this.#cancelWait = this.#options.clock.after(effect.delayMs, () => this.#dispatch({ type: 'due' }));
        return;
      case 'disconnect':
        void this.#disconnect();
        return;
      case 'tell':
        void this.#options.notices.tell(noticeOf(effect, this.identity, { ...this.#state, proxy: this.proxy.name }));
        return;
    }
  }

  async #connect(): Promise<void> {
    const still = (): boolean => this.running;
    const kind = (): LoginKind => (this.#state.linked && !this.#state.fresh ? 'login' : 'pairing');
    if ((await this.#line.connect({ still, kind }, this.#listener())) !== 'proxy_missing') return;
    this.#dispatch({ type: 'barred', reason: 'proxy_missing' });
  }

  #listener(): ConnectionListener {
    return {
      onQr: (qr, livesMs) => {
        this.#line.isThrough();
        this.#settled = true;
        this.#qr = { qr, expiresAtMs: this.#options.clock.now() + livesMs };
        this.#dispatch({ type: 'qr' });
      },
      onPaired: (own) => {
        this.#own = own;
        this.#dispatch({ type: 'paired' });
      },
      onOpen: (own) => {
        this.#line.isThrough();
        this.#settled = true;
        this.#own = own;
        if (this.#state.wasOpen) this.vitals.reconnected();
        if (this.#state.wasOpen) this.#options.counters.add(Metric.sessionReconnected);
        this.#dispatch({ type: 'opened' });
      },
      onOwnNumber: (own) => {
        this.#own = own;
        this.#report();
      },
      onReceipt: (receipt) => this.#options.onReceipt(receipt),
      onClosed: (closed) => void this.#onClosed(closed),
    };
  }

  async #onClosed(closed: Closed): Promise<void> {
    const { logger, counters, silence } = this.#options;
    this.#line.hasEnded();
    logger.info({ code: closed.code, cause: closed.cause }, 'connection closed');
    if (this.#line.leaving) return;
    this.#settled = true;
    const { action, reason } = ruleOf(closed);
    this.vitals.closed(closed.code, reason);
    if (closed.cause === 'deaf') counters.add(Metric.connectionDeaf);
    // It may be the shard's new owner who took the link, and tells from now on how the session is.
    if (action === 'contend' && !(await (silence.confirm?.() ?? true))) return;
    if (this.#line.leaving) return;
    this.#dispatch({ type: 'closed', closed });
  }

  async #disconnect(): Promise<void> {
    this.#cancelWait();
    await this.#line.leave();
  }

  async #unlink(): Promise<void> {
    const { clock, logger } = this.#options;
    // A connection that is just being closed would pass for the one that is needed here.
    if (!this.running) await this.#disconnect();
    if (this.#state.status !== 'logged_out' && this.status !== 'open') await this.start();
    await this.#changes.within(LOGOUT_CONNECT_MS, clock, () => this.status === 'open' || !this.running);
    if (this.status !== 'open') logger.warn({ status: this.status }, 'logged out without a word to whatsapp');
    await this.#line.logout();
  }

  async #forgetLink(): Promise<void> {
    this.#line.forgetContacts();
    await this.#options.ledger.erase();
  }

  async #isLinked(): Promise<boolean> {
    const linked = this.#options.whatsapp.isLinked((await this.#options.ledger.load()).credentials);
    this.#state = { ...this.#state, linked };
    return linked;
  }

  #report(): void {
    const [own, qr, settled] = [this.#own, this.#qr, this.#settled];
    this.#options.reporter.report(reportOf(this.#state, { sinceMs: this.#sinceMs, own, qr, settled }));
  }
}
