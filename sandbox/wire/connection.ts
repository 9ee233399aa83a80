import type { BinaryNode } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import type { SandboxLogger } from '../sandbox-logger.ts';
import { encodeFrame, FrameReader } from './frame-codec.ts';
import type { NoiseIdentity, NoisePeer } from './noise-responder.ts';
import { NoiseResponder } from './noise-responder.ts';
import { decodeStanza, encodeStanza } from './stanza-codec.ts';

/** What the server above does with a connection. */
export interface ConnectionHandler {
  /** The handshake is over; `peer` says who is there. */
  onPeer(connection: Connection, peer: NoisePeer): void;
  onStanza(connection: Connection, stanza: BinaryNode): void;
  onClose(connection: Connection): void;
}

type Stage = 'hello' | 'finish' | 'open' | 'closed';

/** One client on the wire: frames, handshake and stanzas over one WebSocket. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #handler: ConnectionHandler;
  readonly #logger: SandboxLogger;
  readonly #noise: NoiseResponder;
  readonly #frames = new FrameReader();
  #stage: Stage = 'hello';
  #isFrozen = false;
  /** Frames of this turn of the event loop; they leave in one WebSocket message, which saves most system calls. */
  #outgoing: Buffer[] = [];
  /** Set whenever bytes arrive and cleared by the sweep that looks for silent clients. */
  heardSinceSweep = true;

  constructor(socket: WebSocket, identity: NoiseIdentity, handler: ConnectionHandler, logger: SandboxLogger) {
    this.#socket = socket;
    this.#handler = handler;
    this.#logger = logger;
    this.#noise = new NoiseResponder(identity);
    socket.on('message', (data) => this.#onBytes(asBuffer(data)));
    socket.on('error', (error) => this.#logger.debug({ error: error.message }, 'socket error'));
    socket.on('close', () => this.#onClosed());
  }

  get isOpen(): boolean {
    return this.#stage === 'open';
  }

  /** Sends one stanza. Nothing happens once the connection is closed, as on a real line. */
  send(stanza: BinaryNode): void {
    if (this.#stage !== 'open' || this.#isFrozen) return;
    this.#logger.trace?.({ stanza }, 'to client');
    if (this.#outgoing.push(encodeFrame(this.#noise.encrypt(encodeStanza(stanza)))) > 1) return;
    process.nextTick(() => this.#flush());
  }

  /** Closes the line in good order, after what was already sent. */
  close(): void {
    if (this.#stage === 'closed') return;
    this.#flush();
    this.#stage = 'closed';
    this.#socket.close(1000);
    this.#handler.onClose(this);
  }

  /** Cuts the line without a closing handshake, as a dying network does. */
  terminate(): void {
    this.#socket.terminate();
    this.#onClosed();
  }

  /** Closes with a WebSocket status code of its own, for example 1011 (internal error). */
  closeWith(webSocketCode: number): void {
    this.#socket.close(webSocketCode);
    this.#onClosed();
  }

  /** Keeps the line open without sending or hearing anything, as a half-open connection does. */
  freeze(): void {
    this.#isFrozen = true;
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const frames = this.#outgoing;
    this.#outgoing = [];
    if (this.#stage === 'open') this.#socket.send(Buffer.concat(frames));
  }

  #onClosed(): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'closed';
    this.#handler.onClose(this);
  }

  #onBytes(bytes: Buffer): void {
    if (this.#isFrozen) return;
    this.heardSinceSweep = true;
    try {
      for (const frame of this.#frames.push(bytes)) this.#onFrame(frame);
    } catch (error) {
      this.#logger.warn({ error: String(error) }, 'a client broke the protocol, closing its line');
      this.terminate();
    }
  }

  #onFrame(frame: Buffer): void {
    switch (this.#stage) {
      case 'hello':
        this.#socket.send(encodeFrame(this.#noise.answerHello(frame)));
        this.#stage = 'finish';
        return;
      case 'finish': {
        const peer = this.#noise.readFinish(frame);
        this.#stage = 'open';
        this.#handler.onPeer(this, peer);
        return;
      }
      case 'open': {
        const stanza = decodeStanza(this.#noise.decrypt(frame));
        this.#logger.trace?.({ stanza }, 'from client');
        this.#handler.onStanza(this, stanza);
        return;
      }
      case 'closed':
        return;
    }
  }
}

function asBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
