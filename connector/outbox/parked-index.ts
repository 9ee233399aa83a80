interface Chat {
  /** Messages in the table, or on their way into it; one that was put twice counts twice. */
  count: number;
  /** Writes under way. */
  writing: number;
  /** Grows with each write: tells whether one began meanwhile. */
  writes: number;
  /** Earliest and latest end of a waiting message, milliseconds since the epoch. */
  soonestMs: number;
  latestMs: number;
  /** Each message ends no earlier than the one before it, so that those that are over are the first ones. */
  inOrder: boolean;
  /** Some were put by another process: one of them may have left. */
  inherited: boolean;
}

/**
 * What the memory knows of a session's parked messages: a few numbers a chat, however many wait. A chat that is not in here
 * has none in the table either, so its next message may go at once.
 */
export class ParkedIndex {
  readonly #chats = new Map<string, Chat>();
  #later = 0;
  #nextDueMs = Number.POSITIVE_INFINITY;

  /** Messages that wait, about. */
  get size(): number {
    let size = this.#later;
    for (const { count } of this.#chats.values()) size += count;
    return size;
  }

  get isEmpty(): boolean {
    return this.#chats.size === 0 && this.#later === 0;
  }

  /** Messages of a later time, about. */
  get later(): number {
    return this.#later;
  }

  /** When the next message of a later time is due, milliseconds since the epoch; infinite when there is none. */
  get nextDueMs(): number {
    return this.#nextDueMs;
  }

  has(chat: string): boolean {
    return this.#chats.has(chat);
  }

  chats(): IterableIterator<string> {
    return this.#chats.keys();
  }

  /** One that another process has put. */
  inherit(chat: string, expiresAtMs: number): void {
    this.#add(chat, expiresAtMs).inherited = true;
  }

  /** Call it before the write; whoever asks from then on knows that the chat has one. */
  writing(chat: string, expiresAtMs: number): void {
    const entry = this.#add(chat, expiresAtMs);
    entry.writing += 1;
    entry.writes += 1;
  }

  written(chat: string, expiresAtMs: number): void {
    const entry = this.#chats.get(chat);
    if (!entry) return;
    entry.writing -= 1;
    // Whoever looked through the chat meanwhile may not have seen it.
    entry.soonestMs = Math.min(entry.soonestMs, expiresAtMs);
  }

  /** One was put before others that end sooner. */
  mixed(chat: string): void {
    const entry = this.#chats.get(chat);
    if (entry) entry.inOrder = false;
  }

  removed(chat: string): void {
    const entry = this.#chats.get(chat);
    if (entry && entry.count > 0) entry.count -= 1;
  }

  /** To compare with later: the same number says that no write began meanwhile. */
  writesOf(chat: string): number {
    return this.#chats.get(chat)?.writes ?? 0;
  }

  isWriting(chat: string): boolean {
    return (this.#chats.get(chat)?.writing ?? 0) > 0;
  }

  /** The table was found empty for the chat. Forgets it, unless a write began after `writes` was read. @returns whether it did */
  settle(chat: string, writes: number): boolean {
    const entry = this.#chats.get(chat);
    if (entry && (entry.writing > 0 || entry.writes !== writes)) return false;
    this.#chats.delete(chat);
    return true;
  }

  /**
   * Whether messages of the chat may have left in an earlier process. It says so until none of the chat is left: which one was the
   * first then is not known, since messages of a later time come in between.
   */
  isInherited(chat: string): boolean {
    return this.#chats.get(chat)?.inherited ?? false;
  }

  /** Chats with a message whose time is over. */
  overdue(nowMs: number): string[] {
    return [...this.#chats].filter(([, { soonestMs }]) => soonestMs <= nowMs).map(([chat]) => chat);
  }

  /** The chat is about to be looked through. @returns whether the messages that are over are the first ones */
  lookingThrough(chat: string): boolean {
    const entry = this.#chats.get(chat);
    if (!entry) return true;
    entry.soonestMs = Number.POSITIVE_INFINITY;
    return entry.inOrder;
  }

  /** Earliest end that was found in the chat. */
  found(chat: string, soonestMs: number): void {
    const entry = this.#chats.get(chat);
    if (entry) entry.soonestMs = Math.min(entry.soonestMs, soonestMs);
  }

  /** Call it after the write: whoever looks in between may not see it. */
  addLater(dueMs: number): void {
    this.#later += 1;
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
  }

  removedLater(): void {
    this.#later = Math.max(0, this.#later - 1);
  }

  /** The messages of a later time are about to be looked at. */
  lookingAtLater(): void {
    this.#nextDueMs = Number.POSITIVE_INFINITY;
  }

  /** When the next one is due that was found; undefined: none is left. */
  foundLater(dueMs: number | undefined): void {
    if (dueMs !== undefined) this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
    else if (this.#nextDueMs === Number.POSITIVE_INFINITY) this.#later = 0;
  }

  #add(chat: string, expiresAtMs: number): Chat {
    const entry = this.#chats.get(chat) ?? newChat();
    this.#chats.set(chat, entry);
    entry.count += 1;
    entry.inOrder &&= expiresAtMs >= entry.latestMs;
    entry.soonestMs = Math.min(entry.soonestMs, expiresAtMs);
    entry.latestMs = Math.max(entry.latestMs, expiresAtMs);
    return entry;
  }
}

const newChat = (): Chat => ({
  count: 0,
  writing: 0,
  writes: 0,
  soonestMs: Number.POSITIVE_INFINITY,
  latestMs: Number.NEGATIVE_INFINITY,
  inOrder: true,
  inherited: false,
});
