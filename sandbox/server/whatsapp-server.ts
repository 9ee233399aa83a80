import { proto } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import type { Clock } from '#core/domain/clock.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { addressKey, lidJid } from '../store/jid.ts';
import type { ConnectionHandler } from '../wire/connection.ts';
import { Connection } from '../wire/connection.ts';
import type { BinaryNode } from '../wire/node.ts';
import { node } from '../wire/node.ts';
import type { NoiseIdentity, NoisePeer } from '../wire/noise-responder.ts';
import type { SessionHost } from './companion-session.ts';
import { CompanionSession } from './companion-session.ts';
import { announceDevice } from './device-notifications.ts';
import { PairingDesk } from './pairing-desk.ts';
import { MessageRouter } from './routing.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

/** Clients ping every 30 s; a line on which nothing came for a whole sweep is dead. */
const SWEEP_MS = 60_000;
const NOT_AUTHORIZED = 401;

/** The server that clients connect to: handshake, pairing, login, and one session per linked device. */
export class WhatsAppServer implements ConnectionHandler, SessionHost {
  readonly context: ServerContext;
  readonly router: MessageRouter;
  readonly pairing: PairingDesk;
  readonly #identity: NoiseIdentity;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<Connection, CompanionSession>();
  readonly #sessionOf = new Map<string, CompanionSession>();
  readonly #refusals = new Map<string, number>();
  readonly #stopSweep: () => void;

  /** @param transportClock real time even where `context.clock` is moved by hand: the peers live in real time */
  constructor(context: ServerContext, identity: NoiseIdentity, transportClock: Clock) {
    this.context = context;
    this.#identity = identity;
    this.router = new MessageRouter(context);
    this.pairing = new PairingDesk(context);
    this.#stopSweep = every(transportClock, SWEEP_MS, () => this.#sweep());
  }

  accept(socket: WebSocket): void {
    this.#connections.add(new Connection(socket, this.#identity, this, this.context.logger));
  }

  onPeer(connection: Connection, peer: NoisePeer): void {
    const payload = proto.ClientPayload.decode(peer.payload);
    if (payload.devicePairingData) this.pairing.begin(connection, peer, payload);
    else this.#login(connection, peer, payload);
  }

  onStanza(connection: Connection, stanza: BinaryNode): void {
    const session = this.#sessions.get(connection);
    if (session) session.onStanza(stanza);
    else this.pairing.onStanza(connection, stanza);
  }

  onClose(connection: Connection): void {
    this.#connections.delete(connection);
    this.pairing.end(connection);
    const session = this.#sessions.get(connection);
    if (!session) return;
    this.#sessions.delete(connection);
    this.context.switchboard.detach(session.address, session);
    const key = addressKey(session.address);
    if (this.#sessionOf.get(key) === session) this.#sessionOf.delete(key);
    this.context.logger.debug({ device: session.address.device }, 'companion gone');
  }

  /** The session of a device that is logged in now. */
  session(address: DeviceAddress): CompanionSession | undefined {
    return this.#sessionOf.get(addressKey(address));
  }

  /** Number of clients on the wire, linked or not. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Refuses every login of that device with a code until told otherwise (`undefined`). */
  refuseLogins(address: DeviceAddress, reason: number | undefined): void {
    if (reason === undefined) this.#refusals.delete(addressKey(address));
    else this.#refusals.set(addressKey(address), reason);
  }

  /** The person takes the device off the list of linked devices. */
  removeDevice(address: DeviceAddress): void {
    this.context.devices.remove(address);
    announceDevice(this.context, address, 'remove');
    const session = this.session(address);
    const conflict = node('conflict', { type: 'device_removed' });
    session?.connection.send(node('stream:error', { code: NOT_AUTHORIZED }, [conflict]));
    session?.connection.close();
    this.context.people.onCompanionRemoved(address);
  }

  onUnlinkRequest(address: DeviceAddress): void {
    this.removeDevice(address);
  }

  close(): void {
    this.#stopSweep();
    for (const connection of this.#connections) connection.terminate();
  }

  #login(connection: Connection, peer: NoisePeer, payload: proto.IClientPayload): void {
    const address = { number: String(payload.username ?? ''), device: payload.device ?? 0 };
    const device = this.context.devices.find(address);
    const isKnown =
      device?.kind === 'companion' &&
      device.state === 'linked' &&
      peer.staticKey.equals(device.noiseKey ?? Buffer.alloc(0));
    const refusal = isKnown ? this.#refusals.get(addressKey(address)) : NOT_AUTHORIZED;
    if (refusal !== undefined) {
      connection.send(node('failure', { reason: refusal, location: 'sandbox' }));
      connection.close();
      return;
    }
    this.#replaceOlder(address);
    const session = new CompanionSession(address, connection, this);
    this.#sessions.set(connection, session);
    this.#sessionOf.set(addressKey(address), session);
    this.context.switchboard.attach(address, session);
    const attrs = {
      t: unixSeconds(this.context.clock),
      props: 27,
      creation: Math.floor((device?.linkedMs ?? 0) / 1000),
      location: 'sandbox',
      lid: lidJid(this.context.directory.get(address.number).lid, address.device),
      abprops: 1,
      display_name: this.context.directory.get(address.number).name,
    };
    connection.send(node('success', attrs));
  }

  #replaceOlder(address: DeviceAddress): void {
    const older = this.session(address);
    older?.connection.send(node('stream:error', {}, [node('conflict', { type: 'replaced' })]));
    older?.connection.close();
  }

  #sweep(): void {
    for (const connection of this.#connections) {
      if (!connection.heardSinceSweep) connection.terminate();
      connection.heardSinceSweep = false;
    }
  }
}

/** Runs `work` again and again; returns what stops it. */
function every(clock: Clock, periodMs: number, work: () => void): () => void {
  let cancel = clock.after(periodMs, function tick() {
    work();
    cancel = clock.after(periodMs, tick);
  });
  return () => cancel();
}
