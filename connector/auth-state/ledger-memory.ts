/** Something of a ledger that is in memory and can be read from the table again. */
export interface Resident {
  /** What it takes of the memory, bytes. */
  readonly bytes: number;
  /** Called once, when its place is needed. It must not call back. */
  forget(): void;
}

/**
 * The memory that all ledgers of a task share. What was used least recently goes first when it is full (D7); what is held,
 * because it is not durable yet, stays and counts.
 */
export class LedgerMemory {
  readonly #limitBytes: number;
  /** Least recently used first. */
  readonly #residents = new Set<Resident>();
  #bytes = 0;

  /** @param limitBytes a bound on the sum of `Resident.bytes` */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** What all residents take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a resident from now on and makes room for it, if need be by forgetting others. */
  add(resident: Resident): void {
    this.#bytes += resident.bytes;
    this.#residents.add(resident);
    this.#makeRoom();
  }

  /** It was used just now. */
  touch(resident: Resident): void {
    if (this.#residents.delete(resident)) this.#residents.add(resident);
  }

  /** Counts it and keeps it, whatever room is needed, until it is released or removed. */
  hold(resident: Resident): void {
    this.#bytes += resident.bytes;
    this.#makeRoom();
  }

  /** A held resident may be forgotten from now on. */
  release(resident: Resident): void {
    this.#residents.add(resident);
    this.#makeRoom();
  }

  /** It is gone, held or not, by its owner's will. */
  remove(resident: Resident): void {
    this.#residents.delete(resident);
    this.#bytes -= resident.bytes;
  }

  #makeRoom(): void {
    for (const resident of this.#residents) {
      if (this.#bytes <= this.#limitBytes) return;
      this.remove(resident);
      resident.forget();
    }
  }
}
