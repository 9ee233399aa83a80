import { expect } from 'vitest';
import type { Clock } from '#core/domain/clock.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import type { LeaseTable } from '../../../connector/shards/lease-table.ts';
import { ShardKeeper } from '../../../connector/shards/shard-keeper.ts';
import type { Tenure } from '../../../connector/shards/tenure.ts';
import { SelfFence } from '../../../connector/task/self-fence.ts';
import { TaskMembership } from '../../../connector/task/task-membership.ts';
import type { TaskTable } from '../../../connector/task/task-table.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { MemoryTable } from './memory-table.ts';

const logger = makeLogger({ level: 'silent', version: '0' });
/** Between two looks of a test at all tasks. */
const STEP_MS = 50;

type TaskOptions = Partial<ConstructorParameters<typeof SimulatedTask>[0]> & { readonly id: string };

/** Tasks on one virtual clock and one table. */
export class SimulatedFleet {
  readonly clock = new VirtualClock(0);
  readonly table: MemoryTable;
  readonly shards: readonly number[];
  /** Those that count: a killed one is taken out. */
  tasks: SimulatedTask[] = [];

  constructor(shards = 8) {
    this.table = new MemoryTable(shards);
    this.shards = Array.from({ length: shards }, (_, shard) => shard);
  }

  async start(options: TaskOptions): Promise<SimulatedTask> {
    const task = new SimulatedTask({ table: this.table, clock: this.clock, ...options });
    this.tasks.push(task);
    return task.start();
  }

  /** Advances and checks at each step that no shard has two owners that may act. @returns how long each shard had none */
  async pass(ms: number): Promise<Map<number, number>> {
    const without = new Map<number, number>();
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.clock.advance(STEP_MS);
      const acting = this.acting();
      expect(new Set(acting).size).toBe(acting.length);
      for (const shard of this.shards) {
        if (!acting.includes(shard)) without.set(shard, (without.get(shard) ?? 0) + STEP_MS);
      }
    }
    return without;
  }

  /** Of all tasks. */
  acting(): readonly number[] {
    return this.tasks.flatMap(({ acting }) => acting).toSorted((a, b) => a - b);
  }

  epochs(shards: readonly number[] = this.shards): readonly number[] {
    return shards.map((shard) => this.table.lease(`lease#${shard}`).epoch);
  }

  forget(task: SimulatedTask): void {
    this.tasks = this.tasks.filter((one) => one !== task);
  }
}

/** Tables of a task that can be stopped: nothing gets through, and what waited breaks off when it goes on. */
export function killable(table: MemoryTable): {
  readonly tasks: TaskTable;
  readonly leases: LeaseTable;
  kill(): void;
  revive(): void;
} {
  let dead = false;
  const waiting = new Set<(error: Error) => void>();
  const hung = () => new Promise((_, reject: (error: Error) => void) => void waiting.add(reject));
  const gated = <T extends object>(target: T): T =>
    new Proxy(target, { get: (inner, name) => (dead ? hung : (Reflect.get(inner, name) as unknown)) });
  return {
    tasks: gated(table.taskTable()),
    leases: gated(table.leaseTable()),
    kill: () => (dead = true),
    revive() {
      dead = false;
      for (const reject of waiting) reject(new Error('The line broke.'));
    },
  };
}

/** One simulated task: its row, its keeper, and which shards act in it. */
export class SimulatedTask {
  readonly id: string;
  readonly fence: SelfFence;
  readonly keeper: ShardKeeper;
  readonly membership: TaskMembership;
  readonly tenures = new Map<number, Tenure>();
  /** Shards that a session was created in. */
  readonly woken: number[] = [];
  /** Conflicts and silences. */
  readonly counted = new Map<string, number>();
  /** What another's take-over did to it. */
  fenced = false;
  sessions = 1;
  prepares: (shard: number) => Promise<void> = async () => undefined;

  constructor(options: {
    readonly table: MemoryTable;
    readonly clock: Clock;
    readonly id: string;
    readonly incarnation?: string;
    readonly release?: string;
    readonly shards?: number;
    readonly tasks?: TaskTable;
    readonly leases?: LeaseTable;
    /** How long a shard takes to end. */
    readonly endMs?: number;
  }) {
    const { table, clock, id, incarnation = id, endMs = 500 } = options;
    this.id = id;
    const add = (name: string, count = 1): void => void this.counted.set(name, (this.counted.get(name) ?? 0) + count);
    this.fence = new SelfFence({ clock, onLost: () => (this.fenced = true) });
    const tasks = options.tasks ?? table.taskTable();
    this.membership = new TaskMembership({
      table: tasks,
      taskId: id,
      incarnation,
      version: options.release ?? '1.0.0',
      shards: options.shards ?? table.shards,
      clock,
      logger,
      vitals: () => ({ memoryBytes: 1, sessionsOpen: 0 }),
      onTurn: () => undefined,
      onSilent: (ms) => add('silent', ms),
      fence: this.fence,
    });
    this.keeper = new ShardKeeper({
      me: { taskId: id, incarnation },
      leases: options.leases ?? table.leaseTable(),
      tasks,
      membership: this.membership,
      host: {
        prepare: (shard) => this.prepares(shard),
        begin: async (tenure) => void this.tenures.set(tenure.shard, tenure),
        end: async (shard) => {
          if (!this.tenures.has(shard)) return;
          await new Promise<void>((resolve) => void clock.after(endMs, resolve));
          this.tenures.get(shard)?.end();
          this.tenures.delete(shard);
        },
        drop: async ({ shard }) => void this.tenures.delete(shard),
        wake: (shard) => void this.woken.push(shard),
        sizeOf: () => this.sessions,
      },
      fence: this.fence,
      counters: { add },
      clock,
      logger,
    });
  }

  async start(): Promise<this> {
    await this.membership.enter();
    this.keeper.start();
    return this;
  }

  /** As a SIGTERM does. */
  async stop(): Promise<void> {
    await this.keeper.leave();
    await this.membership.leave();
  }

  /** Shards that it may act for now. */
  get acting(): readonly number[] {
    return [...this.tenures.values()]
      .filter((tenure) => !tenure.silent)
      .map(({ shard }) => shard)
      .toSorted((a, b) => a - b);
  }
}
