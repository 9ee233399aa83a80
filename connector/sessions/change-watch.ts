/** Callers that wait until something holds. */
export class ChangeWatch {
  readonly #looks = new Set<() => void>();

  /** Something has changed. */
  notify(): void {
    for (const look of this.#looks) look();
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
