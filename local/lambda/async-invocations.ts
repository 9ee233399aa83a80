import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Clock } from '#core/domain/clock.ts';
import type { InvocationResult } from './function-definition.ts';

export interface AsyncInvocationsOptions {
  readonly clock: Clock;
  readonly database: DatabaseSync;
  /** Runs one event. May throw when the function is throttled; the event then waits like after a fault. */
  readonly run: (functionName: string, event: string, requestId: string) => Promise<InvocationResult>;
  /** Hears of an event that is given up. */
  readonly onGivenUp: (functionName: string, requestId: string) => void;
}

/** Waits before the second and the third attempt: "one minute, two minutes" (AWS: Lambda asynchronous invocation). */
const RETRY_DELAYS_MS = [60_000, 120_000];

const RowSchema = z.object({
  requestId: z.string(),
  functionName: z.string(),
  event: z.string(),
  attempts: z.number(),
  dueMs: z.number(),
});
type Row = z.infer<typeof RowSchema>;

/** Lambda's own queue of asynchronous invocations: what was accepted runs, also after a restart. */
export class AsyncInvocations {
  readonly #options: AsyncInvocationsOptions;
  readonly #timers = new Set<() => void>();

  constructor(options: AsyncInvocationsOptions) {
    this.#options = options;
    options.database.exec(`CREATE TABLE IF NOT EXISTS lambda_async (
      requestId TEXT PRIMARY KEY, functionName TEXT NOT NULL, event TEXT NOT NULL,
      attempts INTEGER NOT NULL, dueMs INTEGER NOT NULL) STRICT`);
  }

  /** Accepts an event. Returns its request id. @param event JSON text */
  accept(functionName: string, event: string): string {
    const row: Row = { requestId: randomUUID(), functionName, event, attempts: 0, dueMs: this.#options.clock.now() };
    this.#options.database
      .prepare('INSERT INTO lambda_async VALUES (:requestId, :functionName, :event, :attempts, :dueMs)')
      .run(row);
    this.#schedule(row);
    return row.requestId;
  }

  /** Goes on with what was accepted before a restart. */
  resume(): void {
    for (const row of this.#options.database.prepare('SELECT * FROM lambda_async').all())
      this.#schedule(RowSchema.parse(row));
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #schedule(row: Row): void {
    const { clock } = this.#options;
    const cancel = clock.after(Math.max(0, row.dueMs - clock.now()), () => {
      this.#timers.delete(cancel);
      void this.#attempt(row);
    });
    this.#timers.add(cancel);
  }

  async #attempt(row: Row): Promise<void> {
    const { clock, database, onGivenUp } = this.#options;
    if (await this.#succeeds(row)) return this.#remove(row);
    const delay = RETRY_DELAYS_MS[row.attempts];
    if (delay === undefined) {
      onGivenUp(row.functionName, row.requestId);
      return this.#remove(row);
    }
    const next: Row = { ...row, attempts: row.attempts + 1, dueMs: clock.now() + delay };
    if (!database.isOpen) return;
    database
      .prepare('UPDATE lambda_async SET attempts = ?, dueMs = ? WHERE requestId = ?')
      .run(next.attempts, next.dueMs, next.requestId);
    this.#schedule(next);
  }

  async #succeeds(row: Row): Promise<boolean> {
    try {
      return (await this.#options.run(row.functionName, row.event, row.requestId)).ok;
    } catch {
      return false;
    }
  }

  #remove({ requestId }: Row): void {
    const { database } = this.#options;
    // The runner may have stopped while the function ran; the event is then run again, as Lambda may do at any time.
    if (database.isOpen) database.prepare('DELETE FROM lambda_async WHERE requestId = ?').run(requestId);
  }
}
