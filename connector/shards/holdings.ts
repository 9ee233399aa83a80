import type { Clock } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import type { SelfFence } from '../task/self-fence.ts';
import type { TaskTable } from '../task/task-table.ts';
import { EPOCHS_AHEAD } from './figures.ts';
import { type Fleet, isRun, type ShardLease, type TaskRun } from './fleet.ts';
import { type Guard, isFree } from './guard.ts';
import type { LeaseTable } from './lease-table.ts';
import { Tenure } from './tenure.ts';

/** What is done for shards that are ours. */
export interface ShardHost {
  /** Reads what a shard needs, as a check that this task could take it. */
  prepare(shard: number): Promise<void>;
  /** Starts the shard's sessions, then takes its commands. */
  begin(tenure: Tenure): Promise<void>;
  /** Finishes what is in flight and ends the shard's connections. Resolves when another task may begin. */
  end(shard: number): Promise<void>;
  /** The tenure is over already: everything stops where it is. */
  drop(tenure: Tenure): Promise<void>;
  /** A session was created: there is something to do. */
  wake(shard: number): void;
  /** How many sessions the shard has; undefined while that is not known. */
  sizeOf(shard: number): number | undefined;
}

export interface HoldingsOptions {
  readonly me: TaskRun;
  readonly leases: LeaseTable;
  readonly tasks: TaskTable;
  readonly guard: Guard;
  readonly host: ShardHost;
  readonly fence: SelfFence;
  readonly counters: Pick<Counters, 'add'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Lost although the lease is ours: the auth state is ahead of the leases, as after an emptied table, and has to be caught up. */
const ahead = (lease: ShardLease): ShardLease => ({ ...lease, epoch: lease.epoch + EPOCHS_AHEAD });

/** The shards that this task has at work, each under a tenure. */
export class Holdings {
  readonly #options: HoldingsOptions;
  readonly #atWork = new Map<number, Tenure>();
  /** Last epoch of each shard that this process had at work. */
  readonly #lastEpoch = new Map<number, number>();
  /** Sessions of each shard that were created before the last look. */
  readonly #wanted = new Map<Tenure, number | undefined>();

  constructor(options: HoldingsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#atWork.size;
  }

  get shards(): readonly number[] {
    return [...this.#atWork.keys()];
  }

  /** Epochs by shard. */
  epochs(): ReadonlyMap<number, number> {
    return new Map([...this.#atWork].map(([shard, { epoch }]) => [shard, epoch]));
  }

  /** Takes a lease that the plan says is ours to take, unless another was faster. */
  async claim(lease: ShardLease, fleet: Fleet): Promise<void> {
    const { leases, tasks, me, fence, guard } = this.#options;
    if (fence.silent || !(await isFree(tasks, lease, me))) return;
    // Handed to us, or a claim of ours whose answer was lost: it is ours already, under an epoch that was never at work.
    const isHanded = isRun(lease, me) && lease.epoch > (this.#lastEpoch.get(lease.shard) ?? 0);
    const epoch = isHanded ? lease.epoch : await guard.nextEpoch(isRun(lease, me) ? ahead(lease) : lease, fleet);
    if (isHanded || (await leases.claim(lease, epoch, me))) this.#begin(lease, epoch);
  }

  /** What is at work has to be ours by its lease too. @param except shards that are being ended */
  check(fleet: Fleet, except: ReadonlySet<number>): void {
    const { me } = this.#options;
    for (const [shard, tenure] of this.#atWork) {
      if (except.has(shard)) continue;
      const lease = fleet.leases[shard];
      if (!lease || !isRun(lease, me) || lease.epoch !== tenure.epoch) tenure.lose();
      else this.#tend(tenure, lease);
    }
  }

  /** The shards may be nobody's of ours any more. */
  loseAll(): void {
    for (const tenure of this.#atWork.values()) tenure.lose();
  }

  /** Ends what is done for a shard, in good order. */
  async end(shard: number): Promise<void> {
    const tenure = this.#atWork.get(shard);
    await this.#options.host.end(shard);
    if (tenure) this.#forget(tenure);
  }

  #begin({ shard, owner }: ShardLease, epoch: number): void {
    const { fence, host, logger, counters } = this.#options;
    const onLost = (lost: Tenure): void => {
      counters.add(Metric.leaseConflicted);
      logger.error({ shard, epoch }, 'shard lost');
      this.#forget(lost);
      host.drop(lost).catch((error: unknown) => logger.error({ error, shard }, 'shard not dropped'));
    };
    const tenure = new Tenure({ shard, epoch, fence, isOurs: () => this.#isOurs(shard, epoch), onLost });
    this.#atWork.set(shard, tenure);
    this.#lastEpoch.set(shard, epoch);
    logger.info({ shard, epoch, before: owner }, 'shard taken');
    host.begin(tenure).catch((error: unknown) => {
      if (!tenure.over) logger.error({ error, shard }, 'shard not begun');
    });
  }

  #tend(tenure: Tenure, lease: ShardLease): void {
    const { leases, logger, host } = this.#options;
    if (this.#wanted.has(tenure) && this.#wanted.get(tenure) !== lease.wanted) host.wake(tenure.shard);
    this.#wanted.set(tenure, lease.wanted);
    const size = host.sizeOf(tenure.shard);
    if (size === undefined || size > 0 === lease.inUse) return;
    leases.note(lease, size > 0).catch((error: unknown) => logger.warn({ error }, 'use of a shard not noted'));
  }

  async #isOurs(shard: number, epoch: number): Promise<boolean> {
    const { leases, me } = this.#options;
    const lease = (await leases.look()).leases[shard];
    return lease !== undefined && isRun(lease, me) && lease.epoch === epoch;
  }

  #forget(tenure: Tenure): void {
    this.#wanted.delete(tenure);
    if (this.#atWork.get(tenure.shard) === tenure) this.#atWork.delete(tenure.shard);
  }
}
