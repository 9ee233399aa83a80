import { GUARD_LEASE, type LeaseRow } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { fleetOf } from '../../../connector/shards/fleet.ts';
import type { LeaseTable } from '../../../connector/shards/lease-table.ts';
import type { TaskTable } from '../../../connector/task/task-table.ts';

/** The tasks table's rows and conditions without the table. */
export class MemoryTable {
  readonly tasks = new Map<string, TaskRow>();
  readonly leases = new Map<string, LeaseRow>();
  readonly shards: number;

  constructor(shards: number) {
    this.shards = shards;
  }

  lease(id: string): LeaseRow {
    return this.leases.get(id) ?? { taskId: id, epoch: 0 };
  }

  taskTable(): TaskTable {
    return {
      enter: async (row) => void this.tasks.set(row.taskId, row),
      beat: async (row) => {
        const known = this.tasks.get(row.taskId)?.incarnation === row.incarnation;
        if (known) this.tasks.set(row.taskId, row);
        return known;
      },
      get: async (taskId) => this.tasks.get(taskId),
      fence: async ({ taskId, incarnation, heartbeat }) => {
        const row = this.tasks.get(taskId);
        return row?.incarnation === incarnation && row.heartbeat === heartbeat && this.tasks.delete(taskId);
      },
      leave: async (taskId, incarnation) => {
        if (this.tasks.get(taskId)?.incarnation === incarnation) this.tasks.delete(taskId);
      },
    };
  }

  leaseTable(): LeaseTable {
    const change = (seen: LeaseRow, changes: Partial<LeaseRow>, only: Partial<LeaseRow> = {}): boolean => {
      const now = this.lease(seen.taskId);
      const asSeen = now.epoch === seen.epoch && now.owner === seen.owner && now.incarnation === seen.incarnation;
      const more = Object.entries(only).every(([name, value]) => now[name as keyof LeaseRow] === value);
      if (asSeen && more) this.leases.set(seen.taskId, withoutUndefined({ ...now, ...changes }));
      return asSeen && more;
    };
    const noOffer = { target: undefined, targetIncarnation: undefined, ready: undefined };
    return {
      look: async () => fleetOf({ tasks: new Map(this.tasks), leaseRows: [...this.leases.values()] }, this.shards),
      claim: async (seen, epoch, { taskId: owner, incarnation }) => {
        const now = this.lease(seen.taskId);
        if (now.epoch !== seen.epoch) return false;
        this.leases.set(seen.taskId, withoutUndefined({ ...now, epoch, owner, incarnation, ...noOffer }));
        return true;
      },
      offer: async (seen, target) =>
        change(seen, { ...noOffer, target: target?.taskId, targetIncarnation: target?.incarnation }),
      accept: async (seen, { taskId: target, incarnation: targetIncarnation }) =>
        change(seen, { ready: true }, { target, targetIncarnation }),
      handOver: async (seen, epoch, { taskId: owner, incarnation }) =>
        change(seen, { epoch, owner, incarnation, ...noOffer }),
      release: async (seen) => change(seen, { owner: undefined, incarnation: undefined, ...noOffer }),
      note: async (seen, inUse) => change(seen, { inUse }),
      claimGuard: async (seen, floor, { taskId: owner, incarnation }) => {
        const now = this.lease(GUARD_LEASE);
        if (now.epoch !== seen.epoch) return false;
        this.leases.set(GUARD_LEASE, { ...now, epoch: seen.epoch + 1, owner, incarnation, floor });
        return true;
      },
      raiseGuard: async (epoch) => {
        const now = this.lease(GUARD_LEASE);
        if (now.epoch >= epoch) return false;
        this.leases.set(GUARD_LEASE, { ...now, epoch });
        return true;
      },
    };
  }
}

const withoutUndefined = (row: Partial<LeaseRow>): LeaseRow =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as LeaseRow;
