/** Works that run side by side, a bounded number of them; the others wait in the order in which they came. */
export class TransferSlots {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The slot goes on to the next without ever being free.
      if (next) next();
      else this.#running -= 1;
    }
  }
}
