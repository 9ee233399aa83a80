import type { Clock } from '#core/domain/clock.ts';

/** Callers that wait until something holds. */
export class ChangeWatch {
  readonly #looks = new Set<() => void>();

  /** Something has changed. */
  notify(): void {
    for (const look of this.#looks) look();
  }

  /** Like `until`, for so many milliseconds at most. */
  async within(ms: number, clock: Clock, holds: () => boolean): Promise<void> {
    const bound = new AbortController();
    const cancel = clock.after(ms, () => bound.abort());
    await this.until(holds, bound.signal);
    cancel();
  }

  /** Resolves at the first change after which `holds`, at once if it does already, and when `signal` aborts. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    if (holds() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds() && !signal.aborted) return;
        this.#looks.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#looks.add(look);
      signal.addEventListener('abort', look);
    });
  }
}
