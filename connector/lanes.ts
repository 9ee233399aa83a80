/** Work in order within a lane, side by side across lanes: one lane a chat, or one a Signal session. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();
  #size = 0;

  /** Works that have not ended. */
  get size(): number {
    return this.#size;
  }

  /** Runs `work` after all earlier work of the same lane, however that ended. */
  add<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(lane) ?? Promise.resolve();
    this.#size += 1;
    const result = before.then(work);
    const tail: Promise<void> = result.then(
      () => this.#ended(lane, tail),
      () => this.#ended(lane, tail),
    );
    this.#tails.set(lane, tail);
    return result;
  }

  /** Resolves when nothing is left. */
  async settled(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }

  #ended(lane: string, tail: Promise<void>): void {
    this.#size -= 1;
    if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
  }
}
