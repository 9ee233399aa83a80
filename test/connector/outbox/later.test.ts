import { beforeEach, describe, expect, it } from 'vitest';
import { command, OutboxBed, START_MS, TTL_MS } from './outbox-bed.ts';

const HOUR_MS = 60 * 60_000;

let bed: OutboxBed;
beforeEach(() => {
  bed = new OutboxBed();
});

describe('a message of a later time', () => {
  const later = (number: number, ms: number) => command(number, { notBeforeMs: START_MS + ms });

  it('waits for it without holding back what may go now', async () => {
    await bed.handle(later(1, HOUR_MS));
    await bed.handle(command(2));
    expect(bed.statuses()).toEqual(['2 sent']);
    expect(bed.outbox.diagnostics).toMatchObject({ parked: 1, scheduled: 1 });
    await bed.clock.advance(HOUR_MS - 1000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['2 sent']);
    await bed.clock.advance(6000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['2 sent', '1 sent']);
    expect(bed.outbox.diagnostics).toMatchObject({ parked: 0, scheduled: 0 });
    expect(bed.parked.rows.size).toBe(0);
  });

  it('keeps its time over a restart', async () => {
    await bed.handle(later(1, HOUR_MS));
    bed.restart('open');
    await bed.clock.advance(HOUR_MS + 6000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 sent']);
  });

  it('goes in the order of the times, more than a page of them', async () => {
    for (let number = 1; number <= 50; number++) await bed.handle(later(number, (51 - number) * 60_000));
    await bed.clock.advance(HOUR_MS);
    await bed.settle();
    expect(bed.statuses()).toEqual(Array.from({ length: 50 }, (_, index) => `${50 - index} sent`));
  });

  it('lives as long as another, from its time on', async () => {
    await bed.handle(later(1, HOUR_MS));
    bed.session.become('reconnecting');
    await bed.clock.advance(TTL_MS + HOUR_MS - 10_000);
    await bed.settle();
    expect(bed.events).toEqual([]);
    await bed.clock.advance(20_000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 failed']);
  });

  it('that comes before messages with a shorter life does not hide those', async () => {
    bed.session.become('reconnecting');
    // More than are looked at in one go.
    for (let number = 1; number <= 25; number++) await bed.handle(later(number, 60_000));
    await bed.handle(command(26, { expiresAtMs: START_MS + HOUR_MS }));
    await bed.clock.advance(HOUR_MS + 6000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['26 failed']);
  });
});
