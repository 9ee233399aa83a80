import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { Metric } from '#core/observability/metrics.ts';
import { SESSION_DELETED } from '../../../connector/outbox/failure-codes.ts';
import { accepted, command, FRIEND, OutboxBed, START_MS, TTL_MS } from './outbox-bed.ts';

const DONE = { type: 'done' };
const OTHER = { type: 'individual', phone: '5511777770000' } as const;
const HOUR_MS = 60 * 60_000;

let bed: OutboxBed;
beforeEach(() => {
  bed = new OutboxBed();
});

describe('an outbox whose session is open', () => {
  it('stores what WhatsApp took, then tells sent, then is done; nothing is parked', async () => {
    expect(await bed.handle(command(1))).toEqual(DONE);
    expect([...bed.sentRows.values()]).toMatchObject([
      { stanzaId: command(1).stanzaId, recipientId: FRIEND, bizOpaqueCallbackData: '1', acceptedAtMs: START_MS },
    ]);
    expect(bed.events).toMatchObject([{ status: 'sent', occurredAtMs: START_MS, recipientId: FRIEND }]);
    expect(bed.parked).toMatchObject({ writes: 0, reads: 0 });
  });

  it('does not send what WhatsApp took before a crash, and tells it again as it was', async () => {
    await bed.handle(command(1));
    bed.restart('open');
    await bed.clock.advance(5000);
    expect(await bed.handle(command(1), 2)).toEqual(DONE);
    expect(bed.session.attempts).toEqual([]);
    expect(bed.events[1]).toEqual(bed.events[0]);
  });

  it('looks for receipts that came early when an earlier process may have sent the message, and only then', async () => {
    await bed.handle(command(1));
    expect(bed.askedEarly).toEqual([]);
    bed.restart('open');
    await bed.handle(command(2), 2);
    expect(bed.askedEarly).toEqual([2]);
    await bed.handle(command(1), 2);
    expect(bed.askedEarly).toEqual([2, 1]);
  });

  it('counts messages that wait for an acknowledgement', async () => {
    const word = Promise.withResolvers<void>();
    bed.session.answer = () => word.promise.then(() => accepted(bed.clock.now()));
    const done = bed.handle(command(1));
    await bed.settle();
    expect(bed.outbox.diagnostics).toEqual({ parked: 0, scheduled: 0, acksPending: 1 });
    word.resolve();
    await done;
    expect(bed.outbox.diagnostics.acksPending).toBe(0);
  });
});

describe('an outbox whose session is not open', () => {
  it.each<[SessionStatus, boolean]>([
    ['connecting', true],
    ['reconnecting', true],
    ['stopped', false],
    // As the row says it before anything runs here.
    ['open', false],
  ])('parks a message when the session is %s', async (status, running) => {
    bed.session.become(status, running);
    expect(await bed.handle(command(1))).toEqual(DONE);
    expect(bed.events).toEqual([]);
    expect(bed.parked.rows.size).toBe(1);
    expect(bed.outbox.diagnostics.parked).toBe(1);
    bed.session.become('open');
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 sent']);
    expect(bed.parked.rows.size).toBe(0);
    expect(bed.outbox.diagnostics.parked).toBe(0);
  });

  it('sends what is parked in order, and what comes meanwhile behind it', async () => {
    bed.session.become('reconnecting');
    for (const number of [1, 2, 3]) await bed.handle(command(number));
    const word = Promise.withResolvers<void>();
    bed.session.answer = () => word.promise.then(() => accepted(bed.clock.now()));
    bed.session.become('open');
    await bed.settle();
    const late = bed.handle(command(4));
    await bed.settle();
    word.resolve();
    await late;
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 sent', '2 sent', '3 sent', '4 sent']);
  });

  it('does not hold other chats back', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    bed.session.answer = ({ stanzaId }) =>
      stanzaId === command(1).stanzaId ? new Promise(() => undefined) : accepted(bed.clock.now());
    bed.session.become('open');
    await bed.settle();
    await bed.handle(command(2, { to: OTHER }));
    expect(bed.statuses()).toEqual(['2 sent']);
  });

  it('sends at once again when the chat has nothing parked any more', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    bed.session.become('open');
    await bed.settle();
    const { writes } = bed.parked;
    await bed.handle(command(2));
    expect(bed.parked.writes).toBe(writes);
    expect(bed.statuses()).toEqual(['1 sent', '2 sent']);
  });

  it('goes on with what an earlier process has parked, without sending what that had sent', async () => {
    bed.session.become('reconnecting');
    for (const number of [1, 2]) await bed.handle(command(number));
    const message = [...bed.parked.rows.values()][0];
    // Killed between the row of the acknowledged message and its status.
    const { stanzaId, wamid } = command(1);
    bed.sentRows.set(stanzaId, { stanzaId, wamid, acceptedAtMs: START_MS + 7, ...message } as never);
    bed.restart('open');
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 sent', '2 sent']);
    expect(bed.events[0]).toMatchObject({ occurredAtMs: START_MS + 7 });
    expect(bed.session.attempts.map((attempt) => attempt.stanzaId)).toEqual([command(2).stanzaId]);
  });

  it('parks a message whose line broke and sends it again under the same stanza id', async () => {
    bed.session.answer = () => {
      bed.session.become('reconnecting');
      return { type: 'interrupted' };
    };
    expect(await settled(bed.handle(command(1)))).toEqual(DONE);
    expect([...bed.parked.rows.values()]).toMatchObject([{ attempted: true }]);
    bed.session.answer = () => accepted(bed.clock.now());
    bed.session.become('open');
    await bed.settle();
    expect(bed.session.attempts.map(({ stanzaId }) => stanzaId)).toEqual([command(1).stanzaId, command(1).stanzaId]);
    expect(bed.statuses()).toEqual(['1 sent']);
  });

  it('gives a message back to the queue when the shard is given away', async () => {
    bed.session.become('reconnecting');
    await bed.outbox.stop();
    expect(await bed.handle(command(1))).toEqual({ type: 'give_back' });
    expect(bed.parked.writes).toBe(0);
  });

  it('keeps thousands in the table and little in memory', async () => {
    bed.session.become('reconnecting');
    for (let number = 1; number <= 2000; number++) await bed.handle(command(number));
    let most = 0;
    const ofChat = bed.parked.ofChat.bind(bed.parked);
    bed.parked.ofChat = async (...asked) => {
      const page = await ofChat(...asked);
      most = Math.max(most, page.length);
      return page;
    };
    bed.session.become('open');
    while (bed.parked.rows.size > 0) await bed.settle();
    expect(most).toBeLessThanOrEqual(20);
    expect(bed.statuses()).toEqual(Array.from({ length: 2000 }, (_, index) => `${index + 1} sent`));
  });

  async function settled<T>(work: Promise<T>): Promise<T> {
    for (let step = 0; step < 5; step++) await bed.clock.advance(500);
    return work;
  }
});

describe('what ends without being sent', () => {
  it.each<[SessionStatus, boolean, number]>([
    ['logged_out', false, 133010],
    ['created', false, 133010],
    ['pairing', true, 133010],
    ['banned', false, 131031],
  ])('fails at once when the session is %s', async (status, running, code) => {
    bed.session.become(status, running);
    expect(await bed.handle(command(1))).toEqual(DONE);
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code }] }]);
    expect(bed.parked.writes).toBe(0);
  });

  it('fails at once when the session is stopped and was never linked', async () => {
    bed.session.phoneNumber = '';
    bed.session.become('stopped', false);
    await bed.handle(command(1));
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 133010 }] }]);
  });

  it.each<[SessionStatus, number]>([
    ['logged_out', 133010],
    ['banned', 131031],
  ])('fails what is parked, of a later time too, when the session becomes %s', async (status, code) => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    await bed.handle(command(2, { to: OTHER }));
    await bed.handle(command(3, { notBeforeMs: START_MS + HOUR_MS }));
    bed.session.become(status, false);
    await bed.settle();
    expect(bed.statuses().toSorted()).toEqual(['1 failed', '2 failed', '3 failed']);
    expect(bed.events).toMatchObject([1, 2, 3].map(() => ({ errors: [{ code }] })));
    expect(bed.parked.rows.size).toBe(0);
    expect(bed.outbox.diagnostics).toEqual({ parked: 0, scheduled: 0, acksPending: 0 });
  });

  it('fails what is parked in another process, when the session is logged out already', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    bed.restart('logged_out');
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 failed']);
  });

  it('fails everything when the session is deleted, and all that comes later', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    await bed.outbox.close(SESSION_DELETED);
    await bed.handle(command(2));
    expect(bed.statuses()).toEqual(['1 failed', '2 failed']);
    expect(bed.events[0]?.errors?.[0]?.error_data?.details).toContain('deleted');
  });

  it('fails after its time to live, whatever its session is, and says that nothing was sent', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1, { expiresAtMs: START_MS + 30_000 }));
    await bed.handle(command(2));
    await bed.clock.advance(29_000);
    expect(bed.events).toEqual([]);
    await bed.clock.advance(6_000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 failed']);
    expect(bed.events).toMatchObject([{ errors: [{ code: 131016 }] }]);
    expect(bed.events[0]?.errors?.[0]?.error_data?.details).toContain('Nothing was sent');
    await bed.clock.advance(TTL_MS);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 failed', '2 failed']);
    expect(bed.counts.get(Metric.commandExpired)).toBe(2);
    expect(bed.parked.rows.size).toBe(0);
  });

  it('finds what is over among messages that live longer', async () => {
    bed.session.become('reconnecting');
    for (let number = 1; number <= 30; number++) {
      await bed.handle(command(number, { expiresAtMs: START_MS + (number % 2 ? HOUR_MS : 60_000) }));
    }
    await bed.clock.advance(65_000);
    await bed.settle();
    expect(bed.statuses()).toHaveLength(15);
    expect(bed.parked.rows.size).toBe(15);
  });

  it('fails an expired message that comes late out of its queue', async () => {
    await bed.clock.advance(TTL_MS);
    await bed.handle(command(1));
    expect(bed.session.attempts).toEqual([]);
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 131016 }] }]);
  });

  it('does not say that nothing was sent when it may have left', async () => {
    bed.session.answer = () => {
      bed.session.become('reconnecting');
      return { type: 'interrupted' };
    };
    const done = bed.handle(command(1));
    await bed.clock.advance(TTL_MS + 10_000);
    await done;
    await bed.settle();
    expect(bed.events[0]?.errors?.[0]?.error_data?.details).toContain('may still have been delivered');
  });

  it('remembers that a parked message may have left', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    bed.session.answer = () => {
      bed.session.become('reconnecting');
      return { type: 'interrupted' };
    };
    bed.session.become('open');
    await bed.clock.advance(1000);
    bed.restart('reconnecting');
    await bed.clock.advance(TTL_MS + 10_000);
    await bed.settle();
    expect(bed.statuses()).toEqual(['1 failed']);
    expect(bed.events[0]?.errors?.[0]?.error_data?.details).toContain('may still have been delivered');
  });

  it('fails a message of a kind that only a newer release knows', async () => {
    bed.session.become('reconnecting');
    await bed.handle(command(1));
    for (const [key, row] of bed.parked.rows) bed.parked.rows.set(key, { ...row, content: undefined });
    bed.session.become('open');
    await bed.settle();
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 131051 }] }]);
  });
});
