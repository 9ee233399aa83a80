import type { LeaseRow } from '#core/contracts/rows/lease-row.ts';
import type { Logger } from '../observability/logger.ts';
import type { HeartbeatWatch } from '../task/heartbeat-watch.ts';
import type { TaskTable } from '../task/task-table.ts';
import { EPOCHS_AHEAD, GUARD_STALE_MS } from './figures.ts';
import { type Fleet, isOld, isRun, ownerOf, rowOf, type TaskRun } from './fleet.ts';
import type { LeaseTable } from './lease-table.ts';
import { guardStateOf } from './plan.ts';

/**
 * The one lease of release 0.1, held by one of the tasks that use leases of shards so that a task of 0.1 waits. Its epoch is kept
 * at or above all epochs of shards: should a task of 0.1 take it after all of ours have gone, it begins above them (ADR 11).
 */
export class Guard {
  readonly #leases: LeaseTable;
  readonly #tasks: TaskTable;
  readonly #me: TaskRun;
  readonly #watch: HeartbeatWatch;
  readonly #logger: Logger;

  constructor(options: {
    readonly leases: LeaseTable;
    readonly tasks: TaskTable;
    readonly me: TaskRun;
    readonly watch: HeartbeatWatch;
    readonly logger: Logger;
  }) {
    this.#leases = options.leases;
    this.#tasks = options.tasks;
    this.#me = options.me;
    this.#watch = options.watch;
    this.#logger = options.logger;
  }

  /** Takes the guard where somebody of ours has to. @returns whether it was taken, so that the fleet has to be looked at again */
  async hold(fleet: Fleet): Promise<boolean> {
    const { guard } = fleet;
    if (!this.#isMineToTake(fleet)) return false;
    if (guardStateOf(fleet) === 'free' && !(await isFree(this.#tasks, guard, this.#me))) return false;
    if (!(await this.#leases.claimGuard(guard, guard.floor ?? guard.epoch + 1, this.#me))) return false;
    this.#logger.info({ epoch: guard.epoch + 1, before: guard.owner }, 'guard lease taken');
    return true;
  }

  /** The epoch under which a shard goes to its next owner; the guard's is lifted to it before. */
  async nextEpoch({ epoch }: LeaseRow, { guard }: Fleet): Promise<number> {
    const next = Math.max(epoch + 1, guard.floor ?? 0);
    if (next > guard.epoch) await this.#leases.raiseGuard(next + EPOCHS_AHEAD);
    return next;
  }

  /** Leaves the guard to somebody who still has shards, or to nobody. */
  async leave(fleet: Fleet): Promise<void> {
    const { guard } = fleet;
    if (!isRun(guard, this.#me)) return;
    const heir = fleet.leases
      .map((lease) => ownerOf(fleet, lease))
      .find((row) => row && row.taskId !== this.#me.taskId);
    if (heir) await this.#leases.handOver(guard, guard.epoch + 1, heir);
    else await this.#leases.release(guard);
  }

  #isMineToTake(fleet: Fleet): boolean {
    const me = rowOf(fleet, this.#me.taskId, this.#me.incarnation);
    const othersStay = [...fleet.tasks.values()].some(
      (row) => !isOld(row) && !row.draining && row.taskId !== me?.taskId,
    );
    if (!me || (me.draining && othersStay)) return false;
    const holder = ownerOf(fleet, fleet.guard);
    switch (guardStateOf(fleet)) {
      case 'free':
        return true;
      case 'foreign':
        return false;
      case 'held':
        if (!holder || holder.taskId === me.taskId || me.draining) return false;
        return holder.draining === true || this.#watch.stoodStillMs(holder) >= GUARD_STALE_MS;
    }
  }
}

/**
 * Whether the owner of a lease is gone for good. A look reads row by row, so that an owner who came in its middle may seem to be
 * missing; its row is there before its first lease, so reading it once more tells.
 */
export async function isFree(tasks: TaskTable, { owner, incarnation }: LeaseRow, me: TaskRun): Promise<boolean> {
  if (owner === undefined || owner === me.taskId) return true;
  return (await tasks.get(owner))?.incarnation !== incarnation;
}
