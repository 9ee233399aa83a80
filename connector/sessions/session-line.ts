import type { ConnectionListener, SessionCaches, WhatsAppConnection } from '../whatsapp/whatsapp-port.ts';
import { type LoginKind, loginTurn } from './login-throttle.ts';
import { ProxyChoice } from './proxy-choice.ts';
import { currentSession } from './session-identity.ts';
import type { SessionOptions } from './session-options.ts';

/** The connection of a session: at most one at a time, through its proxy, in its turn. */
export class SessionLine {
  readonly proxy: ProxyChoice;
  readonly #options: SessionOptions;
  #caches: SessionCaches;
  #connection: WhatsAppConnection | undefined;
  #leaving = false;
  #giveBackTurn = (): void => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#caches = options.whatsapp.makeCaches();
    this.proxy = new ProxyChoice(options.proxies, options.known.proxy);
  }

  get connection(): WhatsAppConnection | undefined {
    return this.#connection;
  }

  /** We end the connection ourselves; what it says last does not count. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** Connections may be made again. */
  allow(): void {
    this.#leaving = false;
  }

  /**
   * Waits for the session's turn and connects, unless that is not wanted any more by then.
   * @returns whether it may connect at all: not without the proxy that it is to go through
   */
  async connect(
    wanted: { readonly still: () => boolean; readonly kind: () => LoginKind },
    listener: ConnectionListener,
  ): Promise<'connected' | 'unwanted' | 'proxy_missing'> {
    const { whatsapp, journal, sentMessage, onCall, onNumberChange, identity } = this.#options;
    const ledger = await this.#options.ledger.load();
    const giveBack = await loginTurn(this.#options, wanted.kind);
    if (this.#connection || this.#leaving || !wanted.still()) {
      giveBack();
      return 'unwanted';
    }
    if (this.proxy.isMissing) {
      giveBack();
      return 'proxy_missing';
    }
    this.#giveBackTurn = giveBack;
    const proxy = this.proxy.chosen;
    const caches = this.#caches;
    currentSession.run(identity.sessionUid, () => {
      this.#connection = whatsapp.connect({
        ledger,
        journal,
        listener,
        sentMessage,
        onCall,
        onNumberChange,
        caches,
        ...(proxy && { proxy }),
      });
    });
    return 'connected';
  }

  /** The login is through; another session may log in. */
  isThrough(): void {
    this.#giveBackTurn();
  }

  /** The connection has ended. */
  hasEnded(): void {
    this.#giveBackTurn();
    this.#connection = undefined;
  }

  /** Ends the connection and keeps the link. */
  async leave(): Promise<void> {
    this.#leaving = true;
    await this.#connection?.close();
    this.#connection = undefined;
  }

  /** Unlinks the device at WhatsApp. */
  async logout(): Promise<void> {
    this.#leaving = true;
    await this.#connection?.logout();
  }

  /** What was known of its contacts' devices belonged to the old link. */
  forgetContacts(): void {
    this.#caches = this.#options.whatsapp.makeCaches();
  }
}
