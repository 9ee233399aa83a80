import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Clock } from '#core/domain/clock.ts';
import { ThrottledError } from './account-concurrency.ts';
import type { InvocationResult } from './function-definition.ts';

export interface AsyncInvocationsOptions {
  readonly clock: Clock;
  readonly database: DatabaseSync;
  /** Runs one event. @throws ThrottledError when the function is throttled */
  readonly run: (functionName: string, event: string, requestId: string) => Promise<InvocationResult>;
  /** Hears of an event that is given up. */
  readonly onGivenUp: (functionName: string, requestId: string) => void;
}

/** Waits before the second and the third attempt: "one minute, two minutes" (AWS: Lambda asynchronous invocation). */
const RETRY_DELAYS_MS = [60_000, 120_000];
/** A throttled event is tried again "for up to 6 hours", its interval growing "from 1 second to a maximum of 5 minutes" (same page). */
const MAX_AGE_MS = 6 * 3_600_000;
const FIRST_THROTTLE_DELAY_MS = 1000;
const LAST_THROTTLE_DELAY_MS = 300_000;

const RowSchema = z.object({
  requestId: z.string(),
  functionName: z.string(),
  event: z.string(),
  /** Attempts that the function failed. */
  attempts: z.number(),
  dueMs: z.number(),
  acceptedMs: z.number(),
  /** Attempts in a row that were throttled. */
  throttles: z.number(),
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
    addThrottling(options.database);
  }

  /** Accepts an event. Returns its request id. @param event JSON text */
  accept(functionName: string, event: string): string {
    const acceptedMs = this.#options.clock.now();
    const requestId = randomUUID();
    const row: Row = { requestId, functionName, event, attempts: 0, dueMs: acceptedMs, acceptedMs, throttles: 0 };
    this.#options.database
      .prepare(`INSERT INTO lambda_async (requestId, functionName, event, attempts, dueMs, acceptedMs, throttles)
        VALUES (:requestId, :functionName, :event, :attempts, :dueMs, :acceptedMs, :throttles)`)
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
    const outcome = await this.#run(row);
    if (outcome === 'succeeded') return this.#remove(row);
    const next = outcome === 'throttled' ? afterThrottle(row, clock.now()) : afterFault(row, clock.now());
    if (next === undefined) {
      onGivenUp(row.functionName, row.requestId);
      return this.#remove(row);
    }
    if (!database.isOpen) return;
    database
      .prepare('UPDATE lambda_async SET attempts = ?, dueMs = ?, throttles = ? WHERE requestId = ?')
      .run(next.attempts, next.dueMs, next.throttles, next.requestId);
    this.#schedule(next);
  }

  async #run(row: Row): Promise<'succeeded' | 'failed' | 'throttled'> {
    try {
      return (await this.#options.run(row.functionName, row.event, row.requestId)).ok ? 'succeeded' : 'failed';
    } catch (error) {
      return error instanceof ThrottledError ? 'throttled' : 'failed';
    }
  }

  #remove({ requestId }: Row): void {
    const { database } = this.#options;
    // The runner may have stopped while the function ran; the event is then run again, as Lambda may do at any time.
    if (database.isOpen) database.prepare('DELETE FROM lambda_async WHERE requestId = ?').run(requestId);
  }
}

/** The event's next attempt; undefined when it is given up. */
function afterFault(row: Row, nowMs: number): Row | undefined {
  const delay = RETRY_DELAYS_MS[row.attempts];
  return delay === undefined ? undefined : { ...row, attempts: row.attempts + 1, dueMs: nowMs + delay, throttles: 0 };
}

function afterThrottle(row: Row, nowMs: number): Row | undefined {
  const delay = Math.min(FIRST_THROTTLE_DELAY_MS * 2 ** row.throttles, LAST_THROTTLE_DELAY_MS);
  const dueMs = nowMs + delay;
  return dueMs - row.acceptedMs > MAX_AGE_MS ? undefined : { ...row, dueMs, throttles: row.throttles + 1 };
}

/** Data folders of before know nothing of throttling. */
function addThrottling(database: DatabaseSync): void {
  const columns = database.prepare('PRAGMA table_info(lambda_async)').all();
  if (columns.some(({ name }) => name === 'throttles')) return;
  database.exec(`ALTER TABLE lambda_async ADD COLUMN throttles INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE lambda_async ADD COLUMN acceptedMs INTEGER NOT NULL DEFAULT 0;
    UPDATE lambda_async SET acceptedMs = dueMs`);
}
