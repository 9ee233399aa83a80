/** Runs `step` in a later turn of the real event loop. */
type Soon = (step: () => void) => void;

export interface VirtualTimersOptions {
  /** Virtual wall time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly soon: Soon;
  /** Hears when the earliest timer changes; undefined when none is set. Milliseconds since the epoch. */
  readonly onNextDue: (dueMs: number | undefined) => void;
  /** Hears whether timers keep the process alive, as real ones would. */
  readonly onKeepAlive: (alive: boolean) => void;
}

/** What `setTimeout` and `setInterval` return under virtual time; as Node's `Timeout`. */
export class VirtualTimeout {
  readonly #timers: VirtualTimers;
  readonly #id: number;
  #referenced = true;

  constructor(timers: VirtualTimers, id: number) {
    this.#timers = timers;
    this.#id = id;
  }

  ref(): this {
    this.#referenced = true;
    this.#timers.referencesChanged();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#timers.referencesChanged();
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  /** Starts the delay over. */
  refresh(): this {
    this.#timers.refresh(this.#id);
    return this;
  }

  close(): this {
    this.#timers.clear(this.#id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

interface Entry {
  dueMs: number;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly fire: () => void;
  readonly handle: VirtualTimeout;
}

/** Timers of one thread or process that follow a time which somebody else moves. */
export class VirtualTimers {
  readonly #options: VirtualTimersOptions;
  readonly #entries = new Map<number, Entry>();
  #nextId = 1;
  #pumping = false;
  #nextDueMs: number | undefined;

  constructor(options: VirtualTimersOptions) {
    this.#options = options;
  }

  /** @param delayMs as setTimeout takes it; what is not a positive number counts as 0 */
  set(delayMs: unknown, fire: () => void, repeats = false): VirtualTimeout {
    const delay = Math.max(0, Number(delayMs) || 0);
    const id = this.#nextId++;
    const handle = new VirtualTimeout(this, id);
    // An interval of 0 would fire for ever without the time moving; Node makes 1 ms of it too.
    const every = repeats ? Math.max(1, delay) : delay;
    this.#entries.set(id, { dueMs: this.#dueAfter(every), delayMs: every, repeats, fire, handle });
    this.#changed();
    return handle;
  }

  /** Takes what clearTimeout takes: a handle or its number. */
  clear(handle: unknown): void {
    const isId = typeof handle === 'number' || typeof handle === 'string' || handle instanceof VirtualTimeout;
    if (isId && this.#entries.delete(Number(handle))) this.#changed();
  }

  refresh(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.dueMs = this.#dueAfter(entry.delayMs);
    this.#changed();
  }

  referencesChanged(): void {
    this.#options.onKeepAlive([...this.#entries.values()].some(({ handle }) => handle.hasRef()));
  }

  /** Whether a timer is due and has not fired yet. */
  get due(): boolean {
    return this.#nextDueMs !== undefined && this.#nextDueMs <= this.#options.now();
  }

  /** Fires what is due, each timer in a turn of its own, so that promises settle in between. */
  pump(): void {
    if (this.#pumping || !this.due) return;
    this.#pumping = true;
    this.#options.soon(() => {
      this.#pumping = false;
      try {
        this.#fireNext();
      } finally {
        this.pump();
      }
    });
  }

  #fireNext(): void {
    const [id, entry] = this.#earliest() ?? [];
    if (id === undefined || !entry || entry.dueMs > this.#options.now()) return;
    if (entry.repeats) entry.dueMs += entry.delayMs;
    else this.#entries.delete(id);
    this.#changed();
    entry.fire();
  }

  /** Node rounds a delay under 1 ms up to 1 ms; here it is due at once, or it would wait for somebody to move the time. */
  #dueAfter(delayMs: number): number {
    return this.#options.now() + (delayMs <= 1 ? 0 : delayMs);
  }

  #changed(): void {
    const dueMs = this.#earliest()?.[1].dueMs;
    if (dueMs !== this.#nextDueMs) {
      this.#nextDueMs = dueMs;
      this.#options.onNextDue(dueMs);
    }
    this.referencesChanged();
    this.pump();
  }

  #earliest(): [number, Entry] | undefined {
    let earliest: [number, Entry] | undefined;
    for (const candidate of this.#entries) {
      if (!earliest || candidate[1].dueMs < earliest[1].dueMs) earliest = candidate;
    }
    return earliest;
  }
}
