import type { LeaseRow } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { HEARTBEAT_MS, LEASE_LOOK_MS } from '#core/domain/pace.ts';
import type { Logger } from '../observability/logger.ts';
import { DEAD_AFTER_MS, DEAD_AFTER_READS } from './figures.ts';
import type { SelfFence } from './self-fence.ts';
import type { TaskTable } from './task-table.ts';

export interface TaskMembershipOptions {
  readonly table: TaskTable;
  readonly taskId: string;
  /** New with every process. */
  readonly incarnation: string;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a heartbeat tells of this process. */
  readonly vitals: () => { readonly memoryBytes: number; readonly sessionsOpen: number };
  /** Called with every turn of the heartbeat, whether or not it could be written: this event loop lives. */
  readonly onTurn: () => void;
  /** Hears of each heartbeat, and when another task took over because it held this one for dead. */
  readonly fence: SelfFence;
}

/** Rows of tasks that vanished without a word are cleaned up, seconds. */
const ROW_KEPT_S = 3600;

/**
 * This task among the tasks of the deployment. One is active and owns the sessions; the others wait until it has left
 * or its heartbeat has stood still for ten seconds of their own clock (only monotonic clocks decide, D6).
 */
export class TaskMembership {
  readonly #options: TaskMembershipOptions;
  readonly #startedAtMs: number;
  #role: TaskRow['role'] = 'standby';
  #heartbeat = 0;
  #cancelBeat = (): void => undefined;
  #beating: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: TaskMembershipOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
  }

  /** Puts this task on the list and begins to beat. */
  async enter(): Promise<void> {
    const { table, clock, fence } = this.#options;
    const sentMs = clock.monotonic();
    await table.enter(this.#row());
    fence.acknowledged(sentMs);
    this.#arm();
  }

  /** Resolves when this task is the active one: true; or false when `signal` aborts before. */
  async becomeActive(signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#options;
    const watched = new Watched(clock);
    while (!signal.aborted) {
      try {
        if (await this.#tryClaim(watched)) return true;
      } catch (error) {
        logger.warn({ error }, 'lease not looked at');
        // What keeps us from the table may keep its owner from it too.
        watched.forget();
      }
      await sleep(clock, LEASE_LOOK_MS, signal);
    }
    return false;
  }

  /** Takes this task off the list; a standby goes on from here. */
  async leave(): Promise<void> {
    const { table, taskId, incarnation } = this.#options;
    this.#over = true;
    this.#cancelBeat();
    await this.#beating;
    await table.release(taskId, incarnation);
    await table.leave(taskId, incarnation);
  }

  async #tryClaim(watched: Watched): Promise<boolean> {
    const { table, taskId, incarnation, fence, logger } = this.#options;
    const lease = await table.lease();
    if (!(await this.#isFree(lease, watched))) return false;
    if (!(await table.claim(lease, taskId, incarnation))) return false;
    const epoch = lease.epoch + 1;
    this.#role = 'active';
    fence.entitle(epoch);
    logger.info({ epoch }, 'task is active');
    await this.#beat();
    return true;
  }

  /** Free: never taken, given back, ours from before a restart in place, or its owner is dead and fenced. */
  async #isFree({ owner, incarnation }: LeaseRow, watched: Watched): Promise<boolean> {
    const { table, taskId, logger } = this.#options;
    if (owner === undefined || owner === taskId) return true;
    const row = await table.get(owner);
    if (!row || row.incarnation !== incarnation) return true;
    if (!watched.stoodStill(row)) return false;
    logger.warn({ task: owner }, 'active task is dead and is fenced');
    return table.fence(row);
  }

  #arm(): void {
    this.#cancelBeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#options.onTurn();
      this.#beating = this.#beat().finally(() => {
        if (!this.#over) this.#arm();
      });
    });
  }

  async #beat(): Promise<void> {
    const { table, clock, logger, fence } = this.#options;
    this.#heartbeat += 1;
    const sentMs = clock.monotonic();
    try {
      const known = await table.beat(this.#row());
      if (known) return this.#acknowledged(sentMs);
      if (this.#over) return;
      this.#over = true;
      fence.lose();
    } catch (error) {
      logger.warn({ error, silent: fence.silent }, 'heartbeat not written');
    }
  }

  #acknowledged(sentMs: number): void {
    const { fence, logger } = this.#options;
    const wasSilent = fence.silent;
    fence.acknowledged(sentMs);
    if (wasSilent && !fence.silent) logger.warn('task was silent and goes on');
  }

  #row(): TaskRow {
    const { taskId, incarnation, version, clock, vitals } = this.#options;
    return {
      taskId,
      incarnation,
      heartbeat: this.#heartbeat,
      role: this.#role,
      version,
      startedAtMs: this.#startedAtMs,
      beatAtMs: clock.now(),
      ...vitals(),
      expiresAt: Math.ceil(clock.now() / 1000) + ROW_KEPT_S,
    };
  }
}

/** Remembers since when another task's heartbeat has not moved. */
class Watched {
  readonly #clock: Clock;
  #seen: { readonly incarnation: string; readonly heartbeat: number; readonly sinceMs: number } | undefined;
  #reads = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins anew with the next look. */
  forget(): void {
    this.#seen = undefined;
  }

  stoodStill({ incarnation, heartbeat }: TaskRow): boolean {
    const nowMs = this.#clock.monotonic();
    if (this.#seen?.incarnation !== incarnation || this.#seen.heartbeat !== heartbeat) {
      this.#seen = { incarnation, heartbeat, sinceMs: nowMs };
      this.#reads = 0;
    }
    this.#reads += 1;
    return this.#reads >= DEAD_AFTER_READS && nowMs - this.#seen.sinceMs >= DEAD_AFTER_MS;
  }
}
