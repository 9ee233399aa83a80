/** Sessions that are started at a time: as many as log in at a time (whatsapp.md 3.1). */
const STARTS_AT_ONCE = 20;

/** A turn; call it when the work is over. Calling it again does nothing. */
export type EndTurn = () => void;

/** Starts side by side, and starts that no other may go on beside. */
export class StartLanes {
  readonly #waiting: ((end: EndTurn) => void)[] = [];
  readonly #waitingAlone: ((end: EndTurn) => void)[] = [];
  #active = 0;
  #alone = false;

  /** Resolves when there is room beside the others. */
  together(): Promise<EndTurn> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#next();
    });
  }

  /** Resolves when nobody else is being started or waits for that. */
  alone(): Promise<EndTurn> {
    return new Promise((resolve) => {
      this.#waitingAlone.push(resolve);
      this.#next();
    });
  }

  #next(): void {
    if (this.#alone) return;
    while (this.#waiting.length > 0 && this.#active < STARTS_AT_ONCE) this.#begin(this.#waiting.shift());
    if (this.#active > 0 || this.#waitingAlone.length === 0) return;
    this.#alone = true;
    this.#begin(this.#waitingAlone.shift());
  }

  #begin(resolve: ((end: EndTurn) => void) | undefined): void {
    this.#active += 1;
    let ended = false;
    resolve?.(() => {
      if (ended) return;
      ended = true;
      this.#active -= 1;
      this.#alone = false;
      this.#next();
    });
  }
}
