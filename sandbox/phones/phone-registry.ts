import { magicBehaviour } from '../magic-numbers.ts';
import type { ServerContext, SimulatedPeople } from '../server/server-context.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { addressKey } from '../store/jid.ts';
import { greetCompanion } from './greeting.ts';
import { Phone } from './phone.ts';
import type { PhoneWorld } from './simulated-device.ts';
import { SimulatedDevice } from './simulated-device.ts';

/** Simulated devices that are kept in memory; the rest lives on disk until something happens to it. */
const MOST_IN_MEMORY = 1_000;
/** Stanzas read from the queue in one go. */
const PAGE = 100;

/** All simulated phones, made when they are needed. */
export class PhoneRegistry implements SimulatedPeople {
  readonly #devices = new Map<string, SimulatedDevice>();
  readonly #echoing = new Set<string>();
  #world: PhoneWorld | undefined;

  /** Gives the phones the world that they live in; once, before anything else. */
  start(world: PhoneWorld): void {
    this.#world = world;
    world.context.directory.onCreated = ({ number }) => this.#applyMagic(number);
    const waiting = world.context.database.prepare('SELECT DISTINCT number, device FROM stanza_queue').all();
    for (const row of waiting) {
      const address = { number: String(row['number']), device: Number(row['device']) };
      if (world.context.devices.find(address)?.kind !== 'companion') this.wake(address);
    }
  }

  /** The phone of a person who exists. */
  phone(number: string): Phone {
    return new Phone(this.#device({ number, device: 0 }));
  }

  provision(address: DeviceAddress): void {
    this.#device(address).provision();
  }

  wake(address: DeviceAddress): void {
    const { context } = this.#mustHaveWorld();
    const device = context.devices.find(address);
    if (!device || device.kind === 'companion' || device.state !== 'linked') return;
    if (!context.directory.get(address.number).online) return;
    const simulated = this.#device(address);
    if (context.switchboard.subscriber(address) === simulated) return;
    context.switchboard.attach(address, simulated);
    this.#drain(context, simulated);
  }

  /** Puts a person's devices on or off line. What came meanwhile arrives when they come back. */
  setOnline(number: string, online: boolean): void {
    const { context } = this.#mustHaveWorld();
    context.directory.update(number, { online });
    for (const device of context.devices.linkedDevices(number)) {
      if (device.kind === 'companion') continue;
      const simulated = this.#device(device);
      if (online) this.wake(device);
      else context.switchboard.detach(device, simulated);
    }
  }

  onCompanionActive(address: DeviceAddress): void {
    const { context, events } = this.#mustHaveWorld();
    events.emit(address.number, { type: 'companion-active', device: address.device });
    if (context.devices.find(address)?.greeted) return;
    const phone = this.#device({ number: address.number, device: 0 });
    phone
      .run(() => greetCompanion(phone, address))
      .catch((error: unknown) => context.logger.error({ error: String(error) }, 'a phone could not greet a companion'));
  }

  onCompanionRemoved(address: DeviceAddress): void {
    this.#mustHaveWorld().events.emit(address.number, { type: 'unlinked', device: address.device });
  }

  /** Resolves when every phone has done what it had begun. */
  async settled(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.settled()));
  }

  #drain(context: ServerContext, device: SimulatedDevice): void {
    let after = 0;
    for (let page = context.queue.list(device.address, after, PAGE); page.length > 0; ) {
      for (const { seq, stanza } of page) {
        device.receive(stanza, seq);
        after = seq;
      }
      page = context.queue.list(device.address, after, PAGE);
    }
  }

  #device(address: DeviceAddress): SimulatedDevice {
    const key = addressKey(address);
    const known = this.#devices.get(key);
    if (known) {
      this.#devices.delete(key);
      this.#devices.set(key, known);
      return known;
    }
    this.#makeRoom();
    const device = new SimulatedDevice(address, this.#mustHaveWorld());
    this.#devices.set(key, device);
    if (magicBehaviour(address.number)?.kind === 'echo') this.#echo(address.number);
    return device;
  }

  /** Forgets devices that have been idle longest. */
  #makeRoom(): void {
    if (this.#devices.size < MOST_IN_MEMORY) return;
    const { switchboard } = this.#mustHaveWorld().context;
    for (const [key, device] of this.#devices) {
      if (!device.isIdle) continue;
      switchboard.detach(device.address, device);
      this.#devices.delete(key);
      if (this.#devices.size < MOST_IN_MEMORY) return;
    }
  }

  /** Sends every text back to where it came from. */
  #echo(number: string): void {
    if (this.#echoing.has(number)) return;
    this.#echoing.add(number);
    const { context, events } = this.#mustHaveWorld();
    events.on(number, (event) => {
      if (event.type !== 'message' || event.message.fromMe || event.message.arrivals !== 1) return;
      const { chat, text, kind } = event.message;
      if (kind !== 'text' || !text) return;
      this.phone(number)
        .write(chat, { kind: 'text', text })
        .catch((error: unknown) => context.logger.warn({ error: String(error) }, 'an echo failed'));
    });
  }

  #applyMagic(number: string): void {
    const { context } = this.#mustHaveWorld();
    const behaviour = magicBehaviour(number);
    if (behaviour?.kind === 'always-offline') context.directory.update(number, { online: false });
    if (behaviour?.kind === 'lid-addressed') context.directory.update(number, { addressing: 'lid' });
    if (behaviour?.kind !== 'devices') return;
    for (let device = 1; device < behaviour.count; device++) {
      context.devices.addTwin({ number, device }, context.clock.now());
    }
  }

  #mustHaveWorld(): PhoneWorld {
    if (!this.#world) throw new Error('the phones have not been started');
    return this.#world;
  }
}
