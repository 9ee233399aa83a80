import type { DeliveryFilter, DeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import type { DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import { dayStartOf, endpointDayOf, justBefore, momentAt, msOf } from '#core/domain/delivery-position.ts';
import type { EndpointId } from '#core/domain/ids.ts';

/**
 * A place in the deliveries of several endpoints, newest first and endpoints in the order of their ids where they heard of the same
 * event: everything before it has been shown.
 */
export interface Place {
  readonly position: string;
  /** The last endpoint that was shown at this very position; absent: all. */
  readonly endpointId?: EndpointId;
}

export interface Page {
  readonly rows: readonly DeliveryRow[];
  /** Where to go on; absent at the end. A page without rows may have one. */
  readonly next?: Place;
}

export interface Wanted {
  readonly endpointIds: readonly EndpointId[];
  readonly filter: DeliveryFilter;
  /** Included, milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly from: Place;
  readonly limit: number;
  readonly whole?: boolean;
  /** What the filter can't say. */
  readonly keep?: (row: DeliveryRow) => boolean;
}

/** Queries of one page: about half a second of DynamoDB, whatever is asked for. */
const MOST_QUERIES = 64;
/** Rows that one query with a filter looks at. */
const MOST_LOOKED = 500;

/** Endpoints whose deliveries can be listed together. */
export const MOST_ENDPOINTS = MOST_QUERIES;

/** Reads a page of deliveries. The work is bounded: who finds little in much goes on from `next`. */
export async function newestFirst(log: Pick<DeliveryLog, 'read'>, wanted: Wanted): Promise<Page> {
  const { endpointIds, sinceMs, limit } = wanted;
  const rows: DeliveryRow[] = [];
  let place = wanted.from;
  for (let queries = 0; queries + endpointIds.length <= MOST_QUERIES; queries += endpointIds.length) {
    // What is exactly at the place counts for the day after it, unless rows of it are left.
    const atMs = place.position.includes('#') ? msOf(place.position) : msOf(place.position) - 1;
    if (endpointIds.length === 0 || atMs < sinceMs) return { rows };
    const round = await readRound(log, wanted, { place, dayMs: dayStartOf(atMs) });
    const left = limit - rows.length;
    rows.push(...round.rows.slice(0, left));
    const last = rows.at(-1);
    if (round.rows.length >= left && last) {
      return { rows, next: { position: last.occurred, endpointId: last.endpointId } };
    }
    place = round.next;
  }
  return { rows, next: place };
}

/** One query for each endpoint, within one day. @returns what is complete for all of them, in order */
async function readRound(
  log: Pick<DeliveryLog, 'read'>,
  { endpointIds, filter, sinceMs, limit, whole = false, keep = () => true }: Wanted,
  { place, dayMs }: { readonly place: Place; readonly dayMs: number },
): Promise<{ readonly rows: readonly DeliveryRow[]; readonly next: Place }> {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const reads = await Promise.all(
    endpointIds.map((endpointId) =>
      log.read({
        endpointDay: endpointDayOf(endpointId, dayMs),
        from: momentAt(Math.max(dayMs, sinceMs)),
        to: lastFor(endpointId, place),
        order: 'newest first',
        limit: isFiltered ? MOST_LOOKED : limit,
        filter,
        whole,
      }),
    ),
  );
  // The newest place at which a query stopped: above it all have been seen.
  const stops = reads.flatMap(({ stoppedAt }) => stoppedAt ?? []).toSorted();
  const horizon = stops.at(-1) ?? momentAt(dayMs);
  const rows = reads.flatMap((read) => read.rows.filter((row) => row.occurred >= horizon && keep(row)));
  return { rows: rows.toSorted(byTimeThenEndpoint), next: { position: horizon } };
}

/** The newest position that is still to be shown. */
function lastFor(endpointId: EndpointId, { position, endpointId: shown }: Place): string {
  return shown !== undefined && endpointId > shown ? position : justBefore(position);
}

function byTimeThenEndpoint(a: DeliveryRow, b: DeliveryRow): number {
  if (a.occurred !== b.occurred) return a.occurred < b.occurred ? 1 : -1;
  return a.endpointId < b.endpointId ? -1 : 1;
}
