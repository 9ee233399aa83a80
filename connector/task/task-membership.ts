import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { HEARTBEAT_MS } from '#core/domain/pace.ts';
import type { Logger } from '../observability/logger.ts';
import type { SelfFence } from './self-fence.ts';
import type { TaskTable } from './task-table.ts';

export interface TaskMembershipOptions {
  readonly table: TaskTable;
  readonly taskId: string;
  /** New with every process. */
  readonly incarnation: string;
  readonly version: string;
  /** How many shards this task knows of. */
  readonly shards: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a heartbeat tells of this process. */
  readonly vitals: () => { readonly memoryBytes: number; readonly sessionsOpen: number };
  /** Called with every turn of the heartbeat, whether or not it could be written: this event loop lives. */
  readonly onTurn: () => void;
  /** Called when a silence is over, with its length in milliseconds. */
  readonly onSilent: (ms: number) => void;
  /** Hears of each heartbeat, and when another task took over because it held this one for dead. */
  readonly fence: SelfFence;
}

/** Rows of tasks that vanished without a word are cleaned up, seconds. */
const ROW_KEPT_S = 3600;

/** This task's row among the tasks of the deployment: it beats from the event loop as long as the process is a member (D6). */
export class TaskMembership {
  readonly #options: TaskMembershipOptions;
  readonly #startedAtMs: number;
  #role: TaskRow['role'] = 'standby';
  #draining = false;
  #heartbeat = 0;
  #cancelBeat = (): void => undefined;
  #beating: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: TaskMembershipOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
  }

  /** Puts this task on the list, over a predecessor in the same task, which is fenced by that, and begins to beat. */
  async enter(): Promise<void> {
    const { table, clock, fence } = this.#options;
    const sentMs = clock.monotonic();
    await table.enter(this.#row());
    fence.acknowledged(sentMs);
    this.#arm();
  }

  /** What the next heartbeat says of this task. */
  assume(role: TaskRow['role']): void {
    this.#role = role;
  }

  /** Tells the others at once that this task ends and hands its shards over. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#beat();
  }

  /** Takes this task off the list. */
  async leave(): Promise<void> {
    const { table, taskId, incarnation } = this.#options;
    this.#over = true;
    this.#cancelBeat();
    await this.#beating;
    await table.leave(taskId, incarnation);
  }

  #arm(): void {
    this.#cancelBeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#options.onTurn();
      void this.#beat().finally(() => {
        if (!this.#over) this.#arm();
      });
    });
  }

  /** One after the other, so that an older row never overtakes a newer one. */
  #beat(): Promise<void> {
    this.#beating = this.#beating.then(() => this.#beatOnce());
    return this.#beating;
  }

  async #beatOnce(): Promise<void> {
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
    const { fence, logger, onSilent } = this.#options;
    const silentMs = fence.silentMs;
    fence.acknowledged(sentMs);
    if (silentMs === 0 || fence.silent) return;
    logger.warn({ silentMs }, 'task was silent and goes on');
    onSilent(silentMs);
  }

  #row(): TaskRow {
    const { taskId, incarnation, version, clock, vitals, shards } = this.#options;
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
      shards,
      ...(this.#draining && { draining: true }),
    };
  }
}
