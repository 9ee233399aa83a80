import type { DeviceAddress } from '../store/jid.ts';
import type { Connection } from '../wire/connection.ts';
import type { BinaryNode } from '../wire/node.ts';
import { child, children, node, SERVER_JID } from '../wire/node.ts';
import { answerIq } from './account-queries.ts';
import { routeChatState } from './presence.ts';
import { routeReceipt, takeAck } from './receipts.ts';
import type { MessageRouter } from './routing.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';
import type { Subscriber } from './switchboard.ts';

/** Stanzas of the backlog that are read from disk in one go. */
const BACKLOG_PAGE = 100;

/**
 * `passive`: logged in, wants nothing yet. `preview`: was told what waits, has not asked for it. `live`: gets
 * everything at once.
 */
type Stage = 'passive' | 'preview' | 'live';

/** What a session needs of the server around it. */
export interface SessionHost {
  readonly context: ServerContext;
  readonly router: MessageRouter;
  /** The companion unlinks itself. */
  onUnlinkRequest(address: DeviceAddress): void;
}

/** A linked device that is logged in. */
export class CompanionSession implements Subscriber {
  readonly address: DeviceAddress;
  readonly connection: Connection;
  readonly #host: SessionHost;
  #stage: Stage = 'passive';
  /** Place in the queue of the newest stanza sent on this connection. */
  #sentSeq = 0;

  constructor(address: DeviceAddress, connection: Connection, host: SessionHost) {
    this.address = address;
    this.connection = connection;
    this.#host = host;
  }

  receive(stanza: BinaryNode, seq: number): boolean {
    if (this.#stage !== 'live') return false;
    this.connection.send(stanza);
    this.#sentSeq = Math.max(this.#sentSeq, seq);
    return true;
  }

  /** Takes one stanza from the client. */
  onStanza(stanza: BinaryNode): void {
    const { context } = this.#host;
    switch (stanza.tag) {
      case 'iq':
        this.#onIq(stanza);
        return;
      case 'message':
        this.#onMessage(stanza);
        return;
      case 'receipt':
        routeReceipt(context, this.address, stanza);
        this.#acknowledge(stanza, 'receipt');
        return;
      case 'ack':
        takeAck(context, this.address, stanza);
        return;
      case 'ib':
        if (child(stanza, 'offline_batch')) this.#sendBacklog();
        return;
      case 'chatstate':
        routeChatState(context, this.address, stanza);
        return;
      case 'presence':
        this.#onPresence(stanza);
        return;
      default:
        context.logger.debug({ tag: stanza.tag }, 'stanza without an answer');
    }
  }

  #onIq(iq: BinaryNode): void {
    const { id, type, xmlns } = iq.attrs;
    if (type !== 'get' && type !== 'set' && xmlns !== 'w:stats') return;
    if (xmlns === 'md' && child(iq, 'remove-companion-device')) {
      this.#reply(id, []);
      this.#host.onUnlinkRequest(this.address);
      return;
    }
    this.#reply(id, answerIq(this.#host.context, this.address, iq), iq.attrs['to']);
    if (xmlns === 'passive' && child(iq, 'active') && this.#stage === 'passive') this.#onActive();
  }

  #reply(id: string | undefined, content: BinaryNode[], from: string = SERVER_JID): void {
    const failed = content.length === 1 && content[0]?.tag === 'error';
    this.connection.send(node('iq', { id, from, type: failed ? 'error' : 'result' }, content));
  }

  #onActive(): void {
    const { context } = this.#host;
    const { message, receipt, notification } = context.queue.count(this.address);
    const count = message + receipt + notification;
    if (count === 0) {
      this.#goLive(0);
      return;
    }
    this.#stage = 'preview';
    const waiting = { count, message, receipt, notification, appdata: 0 };
    this.connection.send(node('ib', { from: SERVER_JID }, [node('offline_preview', waiting)]));
  }

  /** Sends all that waits, oldest first, each with its number in the backlog, then the end marker. */
  #sendBacklog(): void {
    if (this.#stage !== 'preview') return;
    let sent = 0;
    for (let page = this.#nextPage(); page.length > 0; page = this.#nextPage()) {
      for (const { seq, stanza } of page) {
        this.connection.send({ ...stanza, attrs: { ...stanza.attrs, offline: String(sent) } });
        this.#sentSeq = seq;
        sent++;
      }
    }
    this.#goLive(sent);
  }

  #nextPage(): ReturnType<ServerContext['queue']['list']> {
    return this.#host.context.queue.list(this.address, this.#sentSeq, BACKLOG_PAGE);
  }

  #goLive(backlog: number): void {
    this.#stage = 'live';
    this.connection.send(node('ib', { from: SERVER_JID }, [node('offline', { count: backlog })]));
    this.#host.context.people.onCompanionActive(this.address);
  }

  #onMessage(message: BinaryNode): void {
    const verdict = this.#host.router.route(this.address, message);
    if (verdict.ack === 'now') this.#acknowledge(message, 'message', verdict.error);
  }

  #acknowledge(stanza: BinaryNode, stanzaClass: string, error?: number): void {
    const { id, to, type, participant } = stanza.attrs;
    const attrs = {
      id,
      class: stanzaClass,
      from: to,
      participant,
      type: stanzaClass === 'receipt' ? type : undefined,
      t: unixSeconds(this.#host.context.clock),
      error,
    };
    this.connection.send(node('ack', attrs));
  }

  #onPresence(presence: BinaryNode): void {
    const { name, type } = presence.attrs;
    this.#host.context.logger.debug({ name, type, children: children(presence).length }, 'presence');
  }
}
