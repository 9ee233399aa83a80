/** Turns of the event loop without work after which parts count as idle: enough for a reply over a local socket. */
const QUIET_TURNS = 3;

/** Busy turns after which `idle` looks once a millisecond only, and leaves the processor to those who work. */
const SPIN_TURNS = 50;

/** Something that knows by itself whether it works, such as a worker thread with its own virtual time. */
export interface ActivitySource {
  busy(): boolean;
  /** Open requests that it waits for and does nothing else; 0 when it is at rest. @default it never waits so */
  waitsFor?(): number;
}

/**
 * Work in flight, shared by the parts of the runner: with a virtual clock, `advance(byMs, () =>
 * activity.idle())` moves on only when what the last timer started has come to rest. Work that waits
 * for the virtual time itself must not count, or the time would never move.
 */
export class Activity {
  #inFlight = 0;
  #held = 0;
  readonly #sources = new Set<ActivitySource>();

  /** Counts one piece of work until the returned function is called; further calls of it do nothing. */
  begin(): () => void {
    let open = true;
    this.#inFlight += 1;
    return () => {
      if (!open) return;
      open = false;
      this.#inFlight -= 1;
    };
  }

  /** Counts `work` until it settles; returns it. */
  async during<T>(work: Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await work;
    } finally {
      end();
    }
  }

  /**
   * Tells of a request that somebody outside of the runner answers later in virtual time, until the returned function is called:
   * whoever waits for it does not work, and the time may move.
   */
  hold(): () => void {
    let open = true;
    this.#held += 1;
    return () => {
      if (!open) return;
      open = false;
      this.#held -= 1;
    };
  }

  /** Asks `source` too, until the returned function is called. */
  watch(source: ActivitySource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** Pieces of work in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Resolves once nothing was in flight and no source was busy for `turns` turns of the event loop in a row.
   *
   * @param turns @default 3
   */
  async idle(turns: number = QUIET_TURNS): Promise<void> {
    let busyTurns = 0;
    for (let quiet = 0; quiet < turns; ) {
      await (busyTurns > SPIN_TURNS ? pause() : nextTurn());
      const busy = this.#busy();
      busyTurns = busy ? busyTurns + 1 : 0;
      quiet = busy ? 0 : quiet + 1;
    }
  }

  #busy(): boolean {
    if (this.#inFlight > 0) return true;
    let waitedFor = 0;
    for (const source of this.#sources) {
      if (source.busy()) return true;
      waitedFor += source.waitsFor?.() ?? 0;
    }
    // More: some of them are answered by the runner. Fewer: somebody has hung up, and the other side does not know yet.
    return waitedFor !== this.#held;
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1));
