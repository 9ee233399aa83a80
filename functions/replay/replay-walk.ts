import type { DeliveryKey, ReplayFilter } from '#core/contracts/rows/replay-job-row.ts';
import { DAY_MS, dayStartOf, endpointDayOf, justBehind, momentAt } from '#core/domain/delivery-position.ts';
import { type EndpointId, EndpointIdSchema } from '#core/domain/ids.ts';

/** A piece of one endpoint's day that a replay has not looked at yet. */
export interface WalkPiece {
  readonly endpointId: EndpointId;
  readonly endpointDay: string;
  /** First and last position, both included. */
  readonly from: string;
  readonly to: string;
}

const endpointOf = ({ endpointDay }: Pick<DeliveryKey, 'endpointDay'>): EndpointId =>
  EndpointIdSchema.parse(endpointDay.split('#')[0]);

/** The days of a filter, oldest first, by their first millisecond. */
function daysOf({ fromMs, toMs }: Pick<ReplayFilter, 'fromMs' | 'toMs'>): readonly number[] {
  const days: number[] = [];
  for (let dayMs = dayStartOf(fromMs); dayMs < toMs; dayMs += DAY_MS) days.push(dayMs);
  return days;
}

/**
 * The walk of a replay: endpoint by endpoint, day by day, oldest first.
 * @param cursor the last place that was looked at; its `occurred` may be a moment instead of a row
 * @returns undefined at the end
 */
export function pieceAfter(filter: ReplayFilter, cursor: DeliveryKey | undefined): WalkPiece | undefined {
  const to = (dayMs: number): string => momentAt(Math.min(filter.toMs, dayMs + DAY_MS));
  const pieces = [...filter.endpointIds].toSorted().flatMap((endpointId) =>
    daysOf(filter).map((dayMs) => ({
      endpointId,
      endpointDay: endpointDayOf(endpointId, dayMs),
      from: momentAt(Math.max(filter.fromMs, dayMs)),
      to: to(dayMs),
    })),
  );
  if (!cursor) return pieces[0];
  for (const piece of pieces) {
    if (piece.endpointDay === cursor.endpointDay && cursor.occurred < piece.to) {
      return { ...piece, from: justBehind(cursor.occurred) };
    }
    if (piece.endpointDay > cursor.endpointDay) return piece;
  }
  return undefined;
}

/** Where the cursor stands when nothing is left of a piece. */
export const endOf = ({ endpointDay, to }: WalkPiece): DeliveryKey => ({ endpointDay, occurred: to });

/** Where the cursor stands when nothing of an endpoint is wanted any more. */
export const endOfEndpoint = ({ endpointId }: WalkPiece, { toMs }: ReplayFilter): DeliveryKey => ({
  endpointDay: endpointDayOf(endpointId, toMs - 1),
  occurred: momentAt(toMs),
});

const sortKey = ({ endpointDay, occurred }: DeliveryKey): string => `${endpointDay} ${occurred}`;

/** Of a list of single deliveries those that come after the cursor, in the order of the walk. */
export function keysAfter(
  keys: readonly DeliveryKey[],
  cursor: DeliveryKey | undefined,
): readonly (DeliveryKey & { readonly endpointId: EndpointId })[] {
  const unique = [...new Map(keys.map((key) => [sortKey(key), key])).entries()].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const after = cursor === undefined ? '' : sortKey(cursor);
  return unique.filter(([key]) => key > after).map(([, key]) => ({ ...key, endpointId: endpointOf(key) }));
}
