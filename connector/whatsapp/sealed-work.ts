import { Lanes } from '../lanes.ts';
import type { Silence } from '../task/self-fence.ts';

/**
 * Work on the ratchets of one connection. When that has ended none is begun any more: Baileys goes on with what has arrived although its
 * line is gone, and by then the next connection has the ratchets.
 */
export class SealedWork {
  readonly #silence: Silence;
  readonly #deviceOf: (jid: string) => Promise<string>;
  readonly #devices = new Lanes();
  readonly #underway = new Set<Promise<unknown>>();
  #sealed = false;

  /** @param deviceOf the device that a jid means, the same for its phone number and its LID */
  constructor(options: { readonly silence: Silence; readonly deviceOf: (jid: string) => Promise<string> }) {
    this.#silence = options.silence;
    this.#deviceOf = options.deviceOf;
  }

  get isSealed(): boolean {
    return this.#sealed;
  }

  /** From here on nothing is begun. */
  seal(): void {
    this.#sealed = true;
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  /** @throws Error when the connection has ended */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#tracked(this.#unlessSealed(work));
  }

  /**
   * One after the other for a device. rc14 locks by jid, but a contact has two, and both lead to one session record: a message in and a
   * message out at a time would each write back what they read, and one of the two ratchet steps would be lost.
   */
  async alone<T>(jid: string, work: () => Promise<T>): Promise<T> {
    const device = await this.#deviceOf(jid);
    return this.#tracked(this.#devices.add(device, () => this.#unlessSealed(work)));
  }

  async #unlessSealed<T>(work: () => Promise<T>): Promise<T> {
    await this.#silence.lifted();
    if (this.#sealed) throw new Error('The connection has ended.');
    return work();
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    const settled = work.catch(() => undefined);
    this.#underway.add(settled);
    void settled.then(() => this.#underway.delete(settled));
    return work;
  }
}
