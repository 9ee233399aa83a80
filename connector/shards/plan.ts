import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { type Fleet, isOld, isRun, ownerOf, rowOf, type ShardLease, type TaskRun, targetOf } from './fleet.ts';
import { compareReleases } from './release-order.ts';
import { type Candidate, evenOut, type Place, placeAll } from './spread.ts';

/** What one task does about shards after one look. Everything in it is a conditional write that may still be refused. */
export interface Plan {
  /** Nobody's that are to be mine, and mine that I do not have at work. */
  readonly claim: readonly ShardLease[];
  /** Mine that somebody else is to take. */
  readonly offer: readonly Offer[];
  /** Mine whose target is gone. */
  readonly withdraw: readonly ShardLease[];
  /** Offered to me. */
  readonly accept: readonly ShardLease[];
  /** Mine whose target could begin at once. */
  readonly handOver: readonly Offer[];
  /** Mine that I end although nobody takes them. */
  readonly release: readonly ShardLease[];
}

export interface Offer {
  readonly lease: ShardLease;
  readonly target: TaskRun;
}

export interface Circumstances {
  readonly me: TaskRun;
  /** Epochs of the shards that this task has at work. */
  readonly atWork: ReadonlyMap<number, number>;
  /** Shards that are being ended now. */
  readonly ending: ReadonlySet<number>;
  /** Shards may move for the sake of balance. */
  readonly balance: boolean;
  /** Shards that have been free for so long that anybody may take them. */
  readonly neglected: ReadonlySet<number>;
  /** Ids of tasks that did not take what they were offered. */
  readonly passedOver: ReadonlySet<string>;
}

const NOTHING: Plan = { claim: [], offer: [], withdraw: [], accept: [], handOver: [], release: [] };

/** Who holds the guard: a task that knows leases of shards, one that does not, or nobody. */
export type GuardState = 'held' | 'foreign' | 'free';

export function guardStateOf(fleet: Fleet): GuardState {
  const owner = ownerOf(fleet, fleet.guard);
  if (!owner) return 'free';
  return isOld(owner) ? 'foreign' : 'held';
}

/** Decides. Tasks that see the same fleet come to plans that fit together; where they don't, the leases' epochs decide. */
export function planOf(fleet: Fleet, circumstances: Circumstances): Plan {
  const { me, ending } = circumstances;
  const row = rowOf(fleet, me.taskId, me.incarnation);
  if (!row) return NOTHING;
  const mine = fleet.leases.filter((lease) => isRun(lease, me) && !ending.has(lease.shard));
  switch (guardStateOf(fleet)) {
    case 'foreign':
      return { ...NOTHING, release: mine };
    case 'free':
      return NOTHING;
    case 'held':
      return row.draining ? leaving(fleet, mine, { ...circumstances, row }) : staying(fleet, mine, circumstances);
  }
}

/** A task that ends gives away all it has. */
function leaving(
  fleet: Fleet,
  mine: readonly ShardLease[],
  { passedOver, row }: Circumstances & { row: TaskRow },
): Plan {
  const handOver = offeredOf(fleet, mine).filter(({ lease }) => lease.ready);
  const waiting = mine.filter((lease) => !targetOf(fleet, lease) || passedOver.has(lease.target ?? ''));
  const receivers = newestOf(stayingTasks(fleet), row.version).filter(({ taskId }) => !passedOver.has(taskId));
  const isWaiting = ({ shard }: Place): boolean => waiting.some((lease) => lease.shard === shard);
  const places = placesOf(fleet).map((place) => (isWaiting(place) ? { ...place, owner: undefined } : place));
  const placed = placeAll(places.filter(isOpenOr(receivers)), receivers.map(candidateOf));
  const offer: Offer[] = [];
  const release: ShardLease[] = [];
  for (const lease of waiting) {
    const target = receivers.find(({ taskId }) => taskId === placed.get(lease.shard));
    if (target) offer.push({ lease, target });
    else release.push(lease);
  }
  return { ...NOTHING, offer, handOver, release };
}

function staying(fleet: Fleet, mine: readonly ShardLease[], circumstances: Circumstances): Plan {
  const { me, atWork, ending, neglected, passedOver } = circumstances;
  const members = stayingTasks(fleet);
  const placed = placeAll(placesOf(fleet).filter(isOpenOr(members)), members.map(candidateOf));
  const claim = fleet.leases.filter((lease) => {
    if (ending.has(lease.shard)) return false;
    // A claim whose answer was lost, or a shard that was lost although the lease is ours: a new epoch settles either.
    if (isRun(lease, me)) return atWork.get(lease.shard) !== lease.epoch;
    return !ownerOf(fleet, lease) && (placed.get(lease.shard) === me.taskId || neglected.has(lease.shard));
  });
  const offered = offeredOf(fleet, mine);
  const inTime = offered.filter(({ target }) => !passedOver.has(target.taskId));
  return {
    ...NOTHING,
    claim,
    accept: fleet.leases.filter(
      (lease) =>
        !lease.ready &&
        ownerOf(fleet, lease) &&
        isRun({ owner: lease.target, incarnation: lease.targetIncarnation }, me),
    ),
    handOver: inTime.filter(({ lease }) => lease.ready),
    withdraw: mine.filter((lease) => lease.target !== undefined && !inTime.some((offer) => offer.lease === lease)),
    offer: circumstances.balance && offered.length === 0 && ending.size === 0 ? balancing(fleet, members, mine) : [],
  };
}

/** The first of my shards that has to move, if any; one at a time. */
function balancing(fleet: Fleet, members: readonly TaskRow[], mine: readonly ShardLease[]): readonly Offer[] {
  for (const { shard, to } of evenOut(placesOf(fleet), members.map(candidateOf))) {
    const lease = mine.find((one) => one.shard === shard);
    const target = members.find(({ taskId }) => taskId === to);
    if (lease && target) return [{ lease, target }];
  }
  return [];
}

/** Shards by whom they belong to once everything that is announced has happened. */
const placesOf = (fleet: Fleet): readonly Place[] =>
  fleet.leases.map((lease) => ({ shard: lease.shard, inUse: lease.inUse ?? true, owner: ownerSoon(fleet, lease) }));

/** Shards that are to be placed, and those that count because one of these tasks has them. */
const isOpenOr =
  (tasks: readonly TaskRow[]) =>
  ({ owner }: Place): boolean =>
    owner === undefined || tasks.some(({ taskId }) => taskId === owner);

function ownerSoon(fleet: Fleet, lease: ShardLease): string | undefined {
  const target = targetOf(fleet, lease);
  if (target) return target.taskId;
  const owner = ownerOf(fleet, lease);
  if (owner) return owner.taskId;
  // A process that starts in a task where it ran before takes back what that had.
  const again = lease.owner === undefined ? undefined : fleet.tasks.get(lease.owner);
  return again && !isOld(again) && !again.draining ? again.taskId : undefined;
}

const offeredOf = (fleet: Fleet, mine: readonly ShardLease[]): readonly Offer[] =>
  mine.flatMap((lease) => {
    const target = targetOf(fleet, lease);
    return target ? [{ lease, target }] : [];
  });

const stayingTasks = ({ tasks }: Fleet): readonly TaskRow[] =>
  [...tasks.values()].filter((row) => !isOld(row) && !row.draining).toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1));

/** Those of the newest release, if that is not older than `release`: the others leave soon themselves. */
function newestOf(tasks: readonly TaskRow[], release: string): readonly TaskRow[] {
  const newest = tasks.reduce((best, { version }) => (compareReleases(version, best) > 0 ? version : best), release);
  return tasks.filter(({ version }) => compareReleases(version, newest) === 0);
}

const candidateOf = ({ taskId, version, shards = 0 }: TaskRow): Candidate => ({ id: taskId, release: version, shards });
