import type { Clock } from '#core/domain/clock.ts';

/**
 * Ends a line on which nothing has come for too long. Baileys notices by itself, but then waits for a closing handshake
 * that a dead line never completes (whatsapp.md 4.2: 65 to 95 s with its defaults).
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #deafAfterMs: number;
  readonly #onDeaf: () => void;
  #heardMs: number;
  #cancel: () => void;

  constructor(options: { readonly clock: Clock; readonly deafAfterMs: number; readonly onDeaf: () => void }) {
    this.#clock = options.clock;
    this.#deafAfterMs = options.deafAfterMs;
    this.#onDeaf = options.onDeaf;
    this.#heardMs = this.#clock.monotonic();
    this.#cancel = this.#arm(options.deafAfterMs);
  }

  /** Milliseconds since something came. */
  get silentMs(): number {
    return this.#clock.monotonic() - this.#heardMs;
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(afterMs: number): () => void {
    return this.#clock.after(afterMs, () => {
      const { silentMs } = this;
      if (silentMs >= this.#deafAfterMs) this.#onDeaf();
      else this.#cancel = this.#arm(this.#deafAfterMs - silentMs);
    });
  }
}
