import { describe, expect, it } from 'vitest';
import { command, OutboxBed } from './outbox-bed.ts';

describe('the row and the status of a sent message', () => {
  it('do not hold up the next message of the chat; one that answers it waits for the row', async () => {
    const bed = new OutboxBed();
    const row = Promise.withResolvers<void>();
    bed.beforeRow = () => row.promise;
    const first = await bed.begin(command(1));
    expect(first.type).toBe('concluding');
    expect((await bed.begin(command(2))).type).toBe('concluding');
    const answer = bed.handle(command(3, { context: { wamid: command(1).wamid } }));
    await bed.settle();
    expect(bed.session.attempts.map(({ stanzaId }) => stanzaId)).toEqual(
      [command(1), command(2)].map(({ stanzaId }) => stanzaId),
    );
    expect([bed.sentRows.size, bed.events.length]).toEqual([0, 0]);
    row.resolve();
    expect(await answer).toEqual({ type: 'done' });
    expect(bed.statuses()).toEqual(['1 sent', '2 sent', '3 sent']);
  });

  it('are there before an outbox has stopped', async () => {
    const bed = new OutboxBed();
    const row = Promise.withResolvers<void>();
    bed.beforeRow = () => row.promise;
    await bed.begin(command(1));
    let isStopped = false;
    const stopped = bed.outbox.stop().then(() => {
      isStopped = true;
    });
    await bed.settle();
    expect(isStopped).toBe(false);
    row.resolve();
    await stopped;
    expect(bed.statuses()).toEqual(['1 sent']);
  });

  it('are waited for by a second copy of its command and by what was parked meanwhile', async () => {
    const bed = new OutboxBed();
    const row = Promise.withResolvers<void>();
    bed.beforeRow = () => row.promise;
    const first = await bed.begin(command(1));
    expect(first.type).toBe('concluding');
    const second = bed.handle(command(1), 2);
    bed.session.become('reconnecting');
    const answer = command(2, { context: { wamid: command(1).wamid } });
    expect(await bed.handle(answer)).toEqual({ type: 'done' });
    bed.session.become('open');
    await bed.settle();
    expect(bed.session.attempts.map(({ stanzaId }) => stanzaId)).toEqual([command(1).stanzaId]);
    row.resolve();
    expect(await second).toEqual({ type: 'done' });
    await bed.settle();
    expect(bed.session.attempts.map(({ stanzaId }) => stanzaId)).toEqual(
      [command(1), command(2)].map((c) => c.stanzaId),
    );
    expect(bed.session.attempts[1]).toHaveProperty('quoted');
  });
});
