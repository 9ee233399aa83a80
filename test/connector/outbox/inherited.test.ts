import { beforeEach, describe, expect, it } from 'vitest';
import { command, OutboxBed, START_MS } from './outbox-bed.ts';

let bed: OutboxBed;
beforeEach(() => {
  bed = new OutboxBed();
});

describe('a parked message that another process had, when its time is over', () => {
  it('may have been sent if it is the first of its chat, and its sender is told so', async () => {
    bed.session.become('reconnecting');
    for (const number of [1, 2]) await bed.handle(command(number, { expiresAtMs: START_MS + 30_000 }));
    bed.restart('reconnecting');
    await bed.clock.advance(36_000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 failed', '2 failed']);
    const [first, second] = bed.events.map(({ errors }) => errors?.[0]?.error_data?.details);
    expect(first).toContain('may still have been delivered');
    expect(second).toContain('Nothing was sent');
  });

  it('is told as sent if WhatsApp had acknowledged it', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1, { expiresAtMs: START_MS + 30_000 }));
    const [row] = [...bed.parked.rows.values()];
    bed.session.become('open');
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 sent']);
    // The process died before it had taken the message out of the table.
    if (row) await bed.parked.put(row);
    bed.restart('reconnecting');
    await bed.clock.advance(36_000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 sent', '1 sent']);
  });
});
