import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { LEASE_LOOK_MS } from '#core/domain/pace.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Counters } from '../observability/counters.ts';
import type { Logger } from '../observability/logger.ts';
import { HeartbeatWatch } from '../task/heartbeat-watch.ts';
import type { SelfFence } from '../task/self-fence.ts';
import type { TaskTable } from '../task/task-table.ts';
import { BalanceRhythm } from './balance-rhythm.ts';
import { HAND_OVER_LOOK_MS, ONE_BY_ONE_MS } from './figures.ts';
import { type Fleet, ownerOf, type ShardLease, type TaskRun, targetOf } from './fleet.ts';
import { FreeWatch } from './free-watch.ts';
import { Guard } from './guard.ts';
import { Holdings, type ShardHost } from './holdings.ts';
import type { LeaseTable } from './lease-table.ts';
import { Offers } from './offers.ts';
import { guardStateOf, type Plan, planOf } from './plan.ts';

export interface ShardKeeperOptions {
  readonly me: TaskRun;
  readonly leases: LeaseTable;
  readonly tasks: TaskTable;
  /** What this task's row says of it. */
  readonly membership: { assume(role: TaskRow['role']): void; drain(): Promise<void> };
  readonly host: ShardHost;
  readonly fence: SelfFence;
  readonly counters: Pick<Counters, 'add'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long writing a lease to its new owner may take, milliseconds; afterwards our leaving frees it. */
const HAND_OVER_WRITE_MS = 20_000;
/** Handing over, milliseconds; what is left then ends without, which takes 23 s of the rest of ECS's 120 s. */
const LEAVE_MS = 85_000;

/** Looks at tasks and leases again and again and does what follows from it for this task's shards (D6). */
export class ShardKeeper {
  readonly #options: ShardKeeperOptions;
  readonly #watch: HeartbeatWatch;
  readonly #guard: Guard;
  readonly #holdings: Holdings;
  readonly #rhythm: BalanceRhythm;
  readonly #ending = new Set<number>();
  readonly #preparing = new Set<number>();
  readonly #offers: Offers;
  readonly #free: FreeWatch;
  #leavingSinceMs: number | undefined;
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: ShardKeeperOptions) {
    this.#options = options;
    this.#watch = new HeartbeatWatch(options.clock);
    this.#guard = new Guard({ ...options, watch: this.#watch });
    this.#holdings = new Holdings({ ...options, guard: this.#guard });
    this.#rhythm = new BalanceRhythm(options.clock);
    this.#offers = new Offers(options.clock);
    this.#free = new FreeWatch(options.clock);
  }

  /** Begins to look. */
  start(): void {
    this.#running = this.#run();
  }

  /** Hands all shards over, or ends them where nobody takes them; afterwards the task may leave. */
  async leave(): Promise<void> {
    const { membership, clock, leases, logger } = this.#options;
    this.#leavingSinceMs = clock.monotonic();
    await membership.drain();
    this.#look();
    const cancel = clock.after(LEAVE_MS, () => {
      this.#over = true;
      this.#look();
    });
    await this.#running;
    cancel();
    // Without the table nobody could be told; whoever is left ends all the same.
    await Promise.all(this.#holdings.shards.map((shard) => this.#holdings.end(shard)));
    await leases
      .look()
      .then((fleet) => this.#guard.leave(fleet))
      .catch((error: unknown) => logger.warn({ error }, 'guard not given back'));
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    while (!this.#over) {
      this.#wake = new AbortController();
      const pauseMs = await this.#turn().catch((error: unknown) => {
        logger.warn({ error }, 'leases not looked at');
        this.#watch.forget();
        return LEASE_LOOK_MS;
      });
      if (this.#leavingSinceMs !== undefined && this.#holdings.size === 0 && this.#ending.size === 0) return;
      await sleep(clock, pauseMs, this.#wake.signal);
    }
  }

  /** Looks at once. */
  #look(): void {
    this.#wake.abort();
  }

  /** @returns when to look again, milliseconds */
  async #turn(): Promise<number> {
    const { fence, membership, me, leases } = this.#options;
    if (fence.silent) {
      this.#watch.forget();
      return LEASE_LOOK_MS;
    }
    let fleet = await this.#lookAtLiving();
    if (await this.#guard.hold(fleet)) fleet = await leases.look();
    const guard = guardStateOf(fleet);
    membership.assume(guard === 'foreign' ? 'standby' : 'active');
    if (guard === 'foreign') this.#holdings.loseAll();
    this.#holdings.check(fleet, this.#ending);
    if (guard !== 'held') this.#free.forget();
    const balance = this.#leavingSinceMs === undefined && this.#rhythm.mayMove(fleet);
    const plan = planOf(fleet, {
      me,
      atWork: this.#holdings.epochs(),
      ending: this.#ending,
      balance,
      neglected: guard === 'held' ? this.#free.see(fleet) : new Set(),
      passedOver: this.#offers.passedOver(this.#ending),
    });
    await this.#act(plan, fleet);
    if (balance && plan.offer.length === 0 && plan.handOver.length === 0 && this.#ending.size === 0)
      this.#rhythm.rest();
    return this.#pauseMs(fleet, plan);
  }

  /** The fleet after the dead are fenced. */
  async #lookAtLiving(): Promise<Fleet> {
    const { leases, tasks, me, logger } = this.#options;
    const fleet = await leases.look();
    this.#watch.see(fleet.tasks.values());
    const dead = [...fleet.tasks.values()].filter((row) => row.taskId !== me.taskId && this.#watch.isDead(row));
    for (const row of dead) {
      const fenced = await tasks.fence(row);
      logger.warn({ task: row.taskId, fenced }, 'task is dead and is fenced');
    }
    return dead.length === 0 ? fleet : leases.look();
  }

  async #act(plan: Plan, fleet: Fleet): Promise<void> {
    const { leases } = this.#options;
    // First what others wait for.
    for (const lease of plan.accept) void this.#accept(lease);
    for (const offer of plan.handOver) if (this.#mayEnd()) this.#end(offer.lease, fleet, offer.target);
    for (const lease of plan.release) this.#end(lease, fleet);
    for (const lease of plan.claim) await this.#holdings.claim(lease, fleet);
    for (const lease of plan.withdraw) {
      this.#offers.closed(lease.shard);
      this.#rhythm.rest();
      await leases.offer(lease, undefined);
    }
    for (const { lease, target } of plan.offer) {
      if (await leases.offer(lease, target)) this.#offers.made(lease.shard, target.taskId);
    }
  }

  /** Shards go one by one, so that one connects while the next still works; but not beyond the time that we have. */
  #mayEnd(): boolean {
    const sinceMs = this.#leavingSinceMs;
    return (
      this.#ending.size === 0 || (sinceMs !== undefined && this.#options.clock.monotonic() - sinceMs > ONE_BY_ONE_MS)
    );
  }

  async #accept(lease: ShardLease): Promise<void> {
    const { host, leases, me, logger } = this.#options;
    const { shard } = lease;
    if (this.#preparing.has(shard)) return;
    this.#preparing.add(shard);
    try {
      await host.prepare(shard);
      await leases.accept(lease, me);
    } catch (error) {
      logger.warn({ error, shard }, 'shard not prepared');
    } finally {
      this.#preparing.delete(shard);
    }
  }

  #end(lease: ShardLease, fleet: Fleet, target?: TaskRun): void {
    this.#ending.add(lease.shard);
    void this.#endNow(lease, fleet, target)
      .catch((error: unknown) => this.#options.logger.error({ error, shard: lease.shard }, 'shard not handed over'))
      .finally(() => {
        this.#ending.delete(lease.shard);
        this.#look();
      });
  }

  async #endNow(lease: ShardLease, fleet: Fleet, target: TaskRun | undefined): Promise<void> {
    const { host, leases, logger, clock } = this.#options;
    const { shard } = lease;
    const sessions = host.sizeOf(shard) ?? 0;
    const sinceMs = clock.monotonic();
    const epoch = await this.#guard.nextEpoch(lease, fleet);
    await this.#holdings.end(shard);
    const enough = new AbortController();
    const cancel = clock.after(HAND_OVER_WRITE_MS, () => enough.abort());
    const given = await keepTrying({ clock, signal: enough.signal }, () =>
      target ? leases.handOver(lease, epoch, target) : leases.release(lease),
    ).finally(cancel);
    this.#offers.closed(shard);
    if (this.#leavingSinceMs === undefined) this.#rhythm.moved(sessions);
    const tookMs = Math.round(clock.monotonic() - sinceMs);
    logger.info(
      { shard, sessions, target: target?.taskId, given, tookMs },
      target ? 'shard handed over' : 'shard given up',
    );
  }

  #pauseMs(fleet: Fleet, plan: Plan): number {
    const { me } = this.#options;
    const announced =
      [...fleet.tasks.values()].some(({ draining }) => draining) ||
      plan.offer.length > 0 ||
      fleet.leases.some((lease) => targetOf(fleet, lease) && ownerOf(fleet, lease));
    if (announced) return HAND_OVER_LOOK_MS;
    const others = [...fleet.tasks.values()].filter(({ taskId }) => taskId !== me.taskId);
    return Math.min(LEASE_LOOK_MS, Math.max(HAND_OVER_LOOK_MS, this.#watch.nextDeathMs(others)));
  }
}
