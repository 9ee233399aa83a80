/** Work in order within a chat, side by side across chats. */
export class ChatLanes {
  readonly #tails = new Map<string, Promise<void>>();
  #size = 0;

  /** Works that have not ended. */
  get size(): number {
    return this.#size;
  }

  /** Runs `work` after all earlier work of the same chat, however that ended. */
  add<T>(chat: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(chat) ?? Promise.resolve();
    this.#size += 1;
    const result = before.then(work);
    const tail: Promise<void> = result.then(
      () => this.#ended(chat, tail),
      () => this.#ended(chat, tail),
    );
    this.#tails.set(chat, tail);
    return result;
  }

  /** Resolves when nothing is left. */
  async settled(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }

  #ended(chat: string, tail: Promise<void>): void {
    this.#size -= 1;
    if (this.#tails.get(chat) === tail) this.#tails.delete(chat);
  }
}
