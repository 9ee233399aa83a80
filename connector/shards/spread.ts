import { compareReleases } from './release-order.ts';

/** A task that may own shards. */
export interface Candidate {
  readonly id: string;
  readonly release: string;
  /** It knows the shards below this number. */
  readonly shards: number;
}

export interface Place {
  readonly shard: number;
  /** It has sessions; the others cost their owner next to nothing. */
  readonly inUse: boolean;
  /** Id of the candidate that it belongs to; absent while it is to be placed. */
  readonly owner?: string | undefined;
}

export interface Move {
  readonly shard: number;
  readonly from: string;
  readonly to: string;
}

/** What one candidate has. */
interface Load {
  readonly candidate: Candidate;
  readonly used: number;
  readonly all: number;
}

/**
 * Gives every shard without an owner to whoever has least. There is no full candidate: one that has too much is better than a
 * shard that nobody has (D6). Whoever asks gets the same answer for the same places.
 * @returns id of the owner by shard; without shards that no candidate knows
 */
export function placeAll(places: readonly Place[], candidates: readonly Candidate[]): ReadonlyMap<number, string> {
  const placed = new Map<number, Place>(places.map((place) => [place.shard, withKnownOwner(place, candidates)]));
  const open = [...placed.values()].filter(({ owner }) => owner === undefined);
  // Shards with sessions first: they decide, the others fill up.
  for (const place of open.toSorted((a, b) => Number(b.inUse) - Number(a.inUse) || a.shard - b.shard)) {
    const knowing = candidates.filter(({ shards }) => shards > place.shard);
    const [least] = loadsOf([...placed.values()], knowing).toSorted(byLoad(place.inUse));
    if (least) placed.set(place.shard, { ...place, owner: least.candidate.id });
  }
  const owners = new Map<number, string>();
  for (const { shard, owner } of placed.values()) if (owner !== undefined) owners.set(shard, owner);
  return owners;
}

/**
 * What has to move until neither shards with sessions nor all shards differ by more than one between two candidates. Nothing goes
 * to an older release.
 */
export function evenOut(places: readonly Place[], candidates: readonly Candidate[]): readonly Move[] {
  const moves: Move[] = [];
  let now = places;
  for (let move = nextMove(now, candidates); move; move = nextMove(now, candidates)) {
    const { shard, to } = move;
    moves.push(move);
    now = now.map((place) => (place.shard === shard ? { ...place, owner: to } : place));
  }
  return moves;
}

/** Each move lessens the squares of shards with sessions, or leaves them and lessens the squares of all: so it comes to an end. */
function nextMove(places: readonly Place[], candidates: readonly Candidate[]): Move | undefined {
  return moveOf(places, candidates, true) ?? moveOf(places, candidates, false);
}

function moveOf(places: readonly Place[], candidates: readonly Candidate[], inUse: boolean): Move | undefined {
  const burdened = loadsOf(places, candidates).toSorted((a, b) => byLoad(inUse)(b, a));
  const pairs = burdened.flatMap((from) => burdened.toReversed().map((to) => ({ from, to })));
  for (const { from, to } of pairs) {
    if ((inUse ? from.used - to.used : from.all - to.all) < 2) continue;
    const shard = movable(places, from.candidate, to.candidate, inUse);
    if (shard !== undefined) return { shard, from: from.candidate.id, to: to.candidate.id };
  }
  return undefined;
}

function movable(places: readonly Place[], from: Candidate, to: Candidate, inUse: boolean): number | undefined {
  if (compareReleases(to.release, from.release) < 0) return undefined;
  return places.findLast((place) => place.owner === from.id && place.inUse === inUse && place.shard < to.shards)?.shard;
}

const byLoad =
  (inUse: boolean) =>
  (a: Load, b: Load): number =>
    (inUse ? a.used - b.used || a.all - b.all : a.all - b.all || a.used - b.used) ||
    (a.candidate.id < b.candidate.id ? -1 : 1);

const loadsOf = (places: readonly Place[], candidates: readonly Candidate[]): readonly Load[] =>
  candidates.map((candidate) => {
    const own = places.filter(({ owner }) => owner === candidate.id);
    return { candidate, used: own.filter(({ inUse }) => inUse).length, all: own.length };
  });

const withKnownOwner = (place: Place, candidates: readonly Candidate[]): Place =>
  candidates.some(({ id }) => id === place.owner) ? place : { shard: place.shard, inUse: place.inUse };
