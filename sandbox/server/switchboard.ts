import type { DeviceAddress } from '../store/jid.ts';
import { addressKey } from '../store/jid.ts';
import type { StanzaClass, StanzaQueue } from '../store/stanza-queue.ts';
import type { BinaryNode } from '../wire/node.ts';

/** A device that is on line. */
export interface Subscriber {
  /** Takes a stanza; false when the device is not ready for live traffic yet and will fetch it from the queue. */
  receive(stanza: BinaryNode, seq: number): boolean;
}

/**
 * Brings stanzas to devices. What needs an acknowledgement is on disk before this returns and stays there until the
 * device has acknowledged it; it goes out at once if the device is on line and again after its next login.
 */
export class Switchboard {
  readonly #queue: StanzaQueue;
  readonly #online = new Map<string, Subscriber>();
  readonly #wake: (address: DeviceAddress) => void;

  /** @param wake called for stanzas to a device that is not on line; it may attach one */
  constructor(queue: StanzaQueue, wake: (address: DeviceAddress) => void) {
    this.#queue = queue;
    this.#wake = wake;
  }

  attach(address: DeviceAddress, subscriber: Subscriber): void {
    this.#online.set(addressKey(address), subscriber);
  }

  /** Takes a device off line, unless another subscriber has taken its place meanwhile. */
  detach(address: DeviceAddress, subscriber: Subscriber): void {
    const key = addressKey(address);
    if (this.#online.get(key) === subscriber) this.#online.delete(key);
  }

  subscriber(address: DeviceAddress): Subscriber | undefined {
    return this.#online.get(addressKey(address));
  }

  /** Queues a stanza and hands it over if the device is on line. */
  deliver(address: DeviceAddress, stanza: BinaryNode, stanzaClass: StanzaClass): void {
    const seq = this.#queue.add(address, stanza, stanzaClass);
    const subscriber = this.#online.get(addressKey(address));
    if (subscriber) subscriber.receive(stanza, seq);
    else this.#wake(address);
  }

  /** Hands over a stanza that nobody misses when the device is away, such as "is typing". */
  whisper(address: DeviceAddress, stanza: BinaryNode): void {
    this.#online.get(addressKey(address))?.receive(stanza, 0);
  }
}
