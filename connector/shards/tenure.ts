import type { SelfFence, Silence } from '../task/self-fence.ts';

/** What a tenure is told of: the shard, and the epoch that it was taken with. */
export interface TenureOptions {
  readonly shard: number;
  readonly epoch: number;
  /** Of the task. */
  readonly fence: SelfFence;
  /** Called once, when it turns out that the shard is another task's. */
  readonly onLost: (tenure: Tenure) => void;
  /** Reads the lease: whether the shard is still this task's under this epoch. */
  readonly isOurs?: () => Promise<boolean>;
}

/**
 * One ownership of one shard, from the lease to its end. Everything that acts for sessions of the shard is made for a tenure
 * and goes with it: a shard that comes back to the same task comes with a new tenure and a higher epoch, so that nothing left
 * over from before can act under the new one (D6).
 */
export class Tenure implements Silence {
  readonly shard: number;
  /** Goes with every write of the shard's auth state. */
  readonly epoch: number;
  readonly #options: TenureOptions;
  readonly #over = new AbortController();

  constructor(options: TenureOptions) {
    this.shard = options.shard;
    this.epoch = options.epoch;
    this.#options = options;
  }

  /** Nothing may be sent, decrypted, acknowledged or written for the shard: the task may not act, or the tenure is over. */
  get silent(): boolean {
    return this.over || this.#options.fence.silent;
  }

  /** Resolves when the task may act; never again once the tenure is over. */
  async lifted(): Promise<void> {
    for (;;) {
      await this.#options.fence.lifted();
      if (this.over) await new Promise<never>(() => undefined);
      if (!this.silent) return;
    }
  }

  /** It was ended or lost. */
  get over(): boolean {
    return this.#over.signal.aborted;
  }

  /** Aborts with the end of the tenure: nothing is tried again. */
  get abandoned(): AbortSignal {
    return this.#over.signal;
  }

  /** The shard goes to another task on purpose, after everything is done and told. */
  end(): void {
    this.#over.abort(new Error('The shard was given away.'));
  }

  /** The shard turned out to be another task's: silent for good. */
  lose(): void {
    if (this.over) return;
    this.#over.abort(new Error('The shard is another task’s.'));
    this.#options.onLost(this);
  }

  /**
   * After a sign that another task acts for the shard (440): reads the lease, and loses the tenure if it is another's.
   * @returns whether the shard is still ours
   */
  async confirm(): Promise<boolean> {
    if (this.over) return false;
    const ours = (await this.#options.isOurs?.()) ?? true;
    if (!ours) this.lose();
    return ours && !this.over;
  }
}
