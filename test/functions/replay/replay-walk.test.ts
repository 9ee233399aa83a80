import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryKey, ReplayFilter } from '#core/contracts/rows/replay-job-row.ts';
import { endpointDayOf, momentAt } from '#core/domain/delivery-position.ts';
import { EndpointIdSchema } from '#core/domain/ids.ts';
import { endOf, endOfEndpoint, keysAfter, pieceAfter } from '../../../functions/replay/replay-walk.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 1);
const ENDPOINTS = ['3', '1', '2'].map((digit) => EndpointIdSchema.parse(`wh_${digit.repeat(24)}`));

/** All that a walk looks at, in pieces that end after `rows` rows. */
function walk(filter: ReplayFilter, all: readonly DeliveryKey[], rows: number): DeliveryKey[] {
  const seen: DeliveryKey[] = [];
  let cursor: DeliveryKey | undefined;
  for (let step = 0; ; step++) {
    expect(step).toBeLessThan(1000);
    const piece = pieceAfter(filter, cursor);
    if (!piece) return seen;
    const inside = all
      .filter(
        ({ endpointDay, occurred }) =>
          endpointDay === piece.endpointDay && occurred >= piece.from && occurred <= piece.to,
      )
      .toSorted((a, b) => (a.occurred < b.occurred ? -1 : 1));
    const some = inside.slice(0, rows);
    seen.push(...some);
    const last = some.at(-1);
    cursor = inside.length > rows && last ? last : endOf(piece);
  }
}

const rowsOf = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 15 })),
  { maxLength: 60 },
);

describe('the walk of a replay', () => {
  it('looks at every row of its time once, oldest first within an endpoint, wherever it is interrupted', () => {
    fc.assert(
      fc.property(
        rowsOf,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 4 }),
        (made, from, length, rows) => {
          const all = made.map(([endpoint, hour, id]) => {
            const atMs = START_MS + hour * HOUR_MS;
            const occurred = `${momentAt(atMs)}#${id.toString(16).repeat(32)}`;
            return { endpointDay: endpointDayOf(ENDPOINTS[endpoint] ?? '', atMs), occurred, atMs };
          });
          const unique = [...new Map(all.map((one) => [`${one.endpointDay} ${one.occurred}`, one])).values()];
          const filter = {
            endpointIds: ENDPOINTS,
            fromMs: START_MS + from * HOUR_MS,
            toMs: START_MS + (from + length) * HOUR_MS,
          };
          const seen = walk(filter, unique, rows).map(({ endpointDay, occurred }) => `${endpointDay} ${occurred}`);
          const wanted = unique.filter(({ atMs }) => atMs >= filter.fromMs && atMs < filter.toMs);
          expect(seen).toEqual(wanted.map(({ endpointDay, occurred }) => `${endpointDay} ${occurred}`).toSorted());
        },
      ),
    );
  });

  it('leaves the rest of an endpoint out', () => {
    const filter = { endpointIds: ENDPOINTS, fromMs: START_MS, toMs: START_MS + 50 * HOUR_MS };
    const first = pieceAfter(filter, undefined);
    if (!first) throw new Error('there is a first piece');
    expect(first.endpointId).toBe(ENDPOINTS[1]);
    expect(pieceAfter(filter, endOfEndpoint(first, filter))?.endpointId).toBe(ENDPOINTS[2]);
  });

  it('goes through single deliveries in one order, each once', () => {
    const [one = '', two = ''] = ENDPOINTS;
    const keys = [
      { endpointDay: `${one}#2026-11-01`, occurred: 'b' },
      { endpointDay: `${two}#2026-11-01`, occurred: 'c' },
      { endpointDay: `${one}#2026-11-01`, occurred: 'a' },
      { endpointDay: `${one}#2026-11-01`, occurred: 'b' },
    ];
    const order: string[] = [];
    let cursor: DeliveryKey | undefined;
    for (let [next] = keysAfter(keys, cursor); next; [next] = keysAfter(keys, cursor)) {
      order.push(next.occurred);
      cursor = { endpointDay: next.endpointDay, occurred: next.occurred };
    }
    expect(order).toEqual(['c', 'a', 'b']);
  });
});
