import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import type { DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import { DAY_MS, endpointDayOf, momentAt } from '#core/domain/delivery-position.ts';
import { EndpointIdSchema, EventIdSchema } from '#core/domain/ids.ts';
import { newestFirst, type Place } from '../../../functions/shared/newest-first.ts';
import { formatCursor, parseCursor } from '../../../functions/shared/paging.ts';

const ENDPOINTS = ['1', '2', '3'].map((digit) => EndpointIdSchema.parse(`wh_${digit.repeat(24)}`));
const TODAY_MS = Date.UTC(2026, 10, 20);

const rowOf = ([endpoint, hoursAgo, id, isDead]: readonly [number, number, number, boolean]): DeliveryRow => {
  const endpointId = ENDPOINTS[endpoint] ?? EndpointIdSchema.parse('');
  const eventId = EventIdSchema.parse(id.toString(16).repeat(32));
  const atMs = TODAY_MS + DAY_MS - hoursAgo * 3_600_000;
  return {
    endpointDay: endpointDayOf(endpointId, atMs),
    occurred: `${momentAt(atMs)}#${eventId}`,
    endpointId,
    eventId,
    status: isDead ? 'dead' : 'delivered',
    attempts: 1,
    updatedAtMs: atMs,
    expiresAt: 0,
  };
};

/** A table that looks at few rows a query, whatever is asked. */
const logOf = (all: readonly DeliveryRow[], most: number): Pick<DeliveryLog, 'read'> => ({
  read({ endpointDay, from, to, limit, filter }) {
    const inside = all
      .filter((row) => row.endpointDay === endpointDay && row.occurred >= from && row.occurred <= to)
      .toSorted((a, b) => (a.occurred < b.occurred ? 1 : -1));
    const looked = inside.slice(0, Math.min(limit, most));
    const last = looked.at(-1);
    return Promise.resolve({
      rows: looked.filter(({ status }) => filter?.statuses?.includes(status) ?? true),
      looked: looked.length,
      ...(looked.length < inside.length && last ? { stoppedAt: last.occurred } : {}),
    });
  },
});

const made = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: 99 }),
    fc.integer({ min: 0, max: 15 }),
    fc.boolean(),
  ),
  { maxLength: 60 },
);

describe('deliveries of several webhooks, newest first', () => {
  it('gives each wanted one once and in order, however few rows a query looks at', async () => {
    await fc.assert(
      fc.asyncProperty(
        made,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (tuples, limit, most, filtered) => {
          const all = [
            ...new Map(tuples.map(rowOf).map((row) => [`${row.endpointDay} ${row.occurred}`, row])).values(),
          ];
          const log = logOf(all, most);
          const sinceMs = TODAY_MS - 4 * DAY_MS;
          const found: DeliveryRow[] = [];
          let from: Place | undefined = { position: momentAt(TODAY_MS + DAY_MS + 1) };
          for (let page = 0; from !== undefined; page++) {
            expect(page).toBeLessThan(500);
            const filter = filtered ? { statuses: ['dead' as const] } : {};
            const { rows, next } = await newestFirst(log, { endpointIds: ENDPOINTS, filter, sinceMs, from, limit });
            expect(rows.length).toBeLessThanOrEqual(limit);
            found.push(...rows);
            from = next && parseCursor(formatCursor({ place: next, sinceMs })).place;
          }
          const wanted = all
            .filter(({ status, updatedAtMs }) => (!filtered || status === 'dead') && updatedAtMs >= sinceMs)
            .toSorted((a, b) =>
              a.occurred === b.occurred ? (a.endpointId < b.endpointId ? -1 : 1) : a.occurred < b.occurred ? 1 : -1,
            );
          expect(found).toEqual(wanted);
        },
      ),
    );
  });

  it('asks a bounded number of times for one page', async () => {
    let queries = 0;
    const log = { read: () => Promise.resolve({ rows: [], looked: ++queries }) };
    const wanted = { endpointIds: ENDPOINTS, filter: {}, sinceMs: 0, limit: 25 };
    const { rows, next } = await newestFirst(log, { ...wanted, from: { position: momentAt(TODAY_MS) } });
    expect([rows, queries <= 64, queries > 60]).toEqual([[], true, true]);
    expect(next).toEqual({ position: momentAt(TODAY_MS - 21 * DAY_MS) });
  });
});
