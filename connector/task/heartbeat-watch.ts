import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { DEAD_AFTER_MS, DEAD_AFTER_READS } from './figures.ts';

interface Seen {
  readonly incarnation: string;
  readonly heartbeat: number;
  readonly sinceMs: number;
  readonly reads: number;
}

/** Remembers since when the heartbeats of other tasks have not moved, by this task's monotonic clock only (D6). */
export class HeartbeatWatch {
  readonly #clock: Clock;
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One look at all tasks. */
  see(tasks: Iterable<TaskRow>): void {
    const nowMs = this.#clock.monotonic();
    const seen = new Map<string, Seen>();
    for (const { taskId, incarnation, heartbeat } of tasks) {
      const before = this.#seen.get(taskId);
      const same = before?.incarnation === incarnation && before.heartbeat === heartbeat;
      seen.set(
        taskId,
        same ? { ...before, reads: before.reads + 1 } : { incarnation, heartbeat, sinceMs: nowMs, reads: 1 },
      );
    }
    this.#seen = seen;
  }

  /** Begins anew: what keeps us from the table may keep the others from it too. */
  forget(): void {
    this.#seen = new Map();
  }

  /** For how long the heartbeat has not moved while we looked, milliseconds. */
  stoodStillMs({ taskId }: TaskRow): number {
    const seen = this.#seen.get(taskId);
    return seen ? this.#clock.monotonic() - seen.sinceMs : 0;
  }

  isDead(row: TaskRow): boolean {
    return (this.#seen.get(row.taskId)?.reads ?? 0) >= DEAD_AFTER_READS && this.stoodStillMs(row) >= DEAD_AFTER_MS;
  }

  /** Milliseconds until the first of these tasks will count as dead if its heartbeat does not move; 0 for one that does. */
  nextDeathMs(tasks: Iterable<TaskRow>): number {
    let next = DEAD_AFTER_MS;
    for (const row of tasks) next = Math.min(next, DEAD_AFTER_MS - this.stoodStillMs(row));
    return Math.max(0, next);
  }
}
