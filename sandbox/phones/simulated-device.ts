import type { MediaFiles } from '../media/media-files.ts';
import type { MessageRouter } from '../server/routing.ts';
import type { ServerContext } from '../server/server-context.ts';
import type { Subscriber } from '../server/switchboard.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid } from '../store/jid.ts';
import type { MessageLog } from '../store/message-log.ts';
import type { BinaryNode } from '../wire/node.ts';
import { handleIncoming } from './incoming.ts';
import type { PhoneEvents } from './phone-events.ts';
import { SignalEndpoint } from './signal-endpoint.ts';

/** One-time pre-keys that a simulated device puts on the server in one go. */
const PRE_KEYS = 30;

/** What simulated devices share. */
export interface PhoneWorld {
  readonly context: ServerContext;
  readonly router: MessageRouter;
  readonly log: MessageLog;
  readonly events: PhoneEvents;
  /** What the media host has, and the phones' copies of it. */
  readonly files: MediaFiles;
}

/** A phone or another device of a simulated person. It does one thing after the other. */
export class SimulatedDevice implements Subscriber {
  readonly address: DeviceAddress;
  readonly world: PhoneWorld;
  readonly signal: SignalEndpoint;
  #work: Promise<unknown> = Promise.resolve();
  #pending = 0;

  constructor(address: DeviceAddress, world: PhoneWorld) {
    this.address = address;
    this.world = world;
    this.signal = new SignalEndpoint(world.context.database, address);
  }

  get ownLid(): string {
    return lidJid(this.world.context.directory.get(this.address.number).lid, this.address.device);
  }

  /** Whether nothing is being done. */
  get isIdle(): boolean {
    return this.#pending === 0;
  }

  /** Puts the device's keys on the server if they are not there yet. */
  provision(): void {
    const { devices } = this.world.context;
    if (devices.find(this.address)?.keys) return;
    devices.setKeys(this.address, this.signal.publicKeys);
    this.uploadPreKeys();
  }

  uploadPreKeys(): void {
    this.world.context.devices.addPreKeys(this.address, this.signal.makePreKeys(PRE_KEYS));
  }

  receive(stanza: BinaryNode, seq: number): boolean {
    this.run(() => handleIncoming(this, stanza, seq)).catch((error: unknown) => {
      this.world.context.logger.error({ error: String(error), tag: stanza.tag }, 'a simulated phone failed');
    });
    return true;
  }

  /** Does `work` once everything before it is done. Rejects as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const done = this.#work.then(work).finally(() => this.#pending--);
    this.#work = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all that was begun so far is done. */
  async settled(): Promise<void> {
    await this.#work;
  }
}
