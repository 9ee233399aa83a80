import { beforeEach, describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../../connector/whatsapp/whatsapp-port.ts';
import { accepted, command, FRIEND, OutboxBed, START_MS } from './outbox-bed.ts';

const STRANGER = { type: 'individual', phone: '5511777770000' } as const;
const MINUTE_MS = 60_000;

let bed: OutboxBed;
beforeEach(() => {
  bed = new OutboxBed();
});

async function handled(...parameters: Parameters<OutboxBed['handle']>) {
  const done = bed.handle(...parameters);
  for (let step = 0; step < 10; step++) await bed.clock.advance(500);
  return done;
}
const refuse = (code: string) => (): SendOutcome => ({ type: 'refused', code });
const details = (index = 0): string => bed.events[index]?.errors?.[0]?.error_data?.details ?? '';

describe('attempts at a message', () => {
  it('end after as many silences on an open line as the deployment says', async () => {
    bed.session.answer = () => ({ type: 'interrupted' });
    await handled(command(1));
    expect(bed.session.attempts.map(({ stanzaId }) => stanzaId)).toEqual(Array(4).fill(command(1).stanzaId));
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 131000 }] }]);
    expect(details()).toContain('may still have been delivered');
  });

  it('say that nothing was sent when WhatsApp named no device', async () => {
    bed.session.answer = () => ({ type: 'interrupted', neverLeft: true });
    await handled(command(1));
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 131026 }] }]);
    expect(details()).toContain('Nothing was sent');
  });

  it.each(['408', '500', '503'])('go on after %s, a trouble of WhatsApp itself', async (code) => {
    let troubles = 3;
    bed.session.answer = () => (troubles-- > 0 ? refuse(code)() : accepted(START_MS));
    await handled(command(1));
    expect(bed.session.attempts).toHaveLength(4);
    expect(bed.statuses()).toEqual(['1 sent']);
  });

  it.each([
    ['400', 131026, 1],
    ['401', 131026, 1],
    ['403', 131026, 1],
    ['404', 131026, 1],
    ['405', 131026, 1],
    ['406', 131026, 1],
    ['408', 131016, 4],
    ['410', 131026, 1],
    ['429', 131048, 1],
    ['463', 131048, 1],
    ['479', 131026, 1],
    ['500', 131016, 4],
    ['502', 131016, 4],
    ['503', 131016, 4],
    ['504', 131016, 4],
    ['599', 131000, 1],
  ])('refused with %s fail with %i after %i', async (code, told, attempts) => {
    bed.session.answer = refuse(code);
    await handled(command(1));
    expect(bed.session.attempts).toHaveLength(attempts);
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: told }] }]);
  });

  it('end when the number is not on WhatsApp', async () => {
    bed.session.answer = () => ({ type: 'not_on_whatsapp' });
    await handled(command(1));
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 131026 }] }]);
  });
});

describe('after WhatsApp refused to open a chat', () => {
  beforeEach(async () => {
    bed.writers = [FRIEND];
    bed.session.answer = refuse('463');
    await handled(command(1, { to: STRANGER }));
    bed.session.answer = () => accepted(bed.clock.now());
    bed.events.length = 0;
    bed.session.attempts.length = 0;
  });

  it('nobody is written to who has not written before, and the status says until when', async () => {
    await handled(command(2, { to: STRANGER }));
    expect(bed.session.attempts).toEqual([]);
    expect(bed.events).toMatchObject([{ status: 'failed', errors: [{ code: 131048 }] }]);
    const untilMs = bed.outbox.diagnostics.coldPausedUntilMs ?? 0;
    expect(untilMs - START_MS).toBe(30 * MINUTE_MS);
    expect(details()).toContain(new Date(untilMs).toISOString());
  });

  it('people who have written and groups are written to', async () => {
    await handled(command(2));
    await handled(command(3, { to: { type: 'group', groupId: '120363000000000000' } }));
    // The same mobile without its ninth digit.
    await handled(command(4, { to: { type: 'individual', phone: '551199990000' } }));
    expect(bed.statuses()).toEqual(['2 sent', '3 sent', '4 sent']);
  });

  it('who writes meanwhile is written to', async () => {
    bed.outbox.heardFrom(STRANGER.phone);
    await handled(command(2, { to: STRANGER }));
    await handled(command(3, { to: STRANGER }));
    bed.outbox.heardFrom(STRANGER.phone);
    await handled(command(4, { to: STRANGER }));
    expect(bed.statuses()).toEqual(['2 failed', '3 failed', '4 sent']);
  });

  it('the pause ends, is twice as long after the next refusal, and a short one again after a chat was opened', async () => {
    await bed.clock.advance(30 * MINUTE_MS);
    expect(bed.outbox.diagnostics.coldPausedUntilMs).toBeUndefined();
    bed.session.answer = refuse('463');
    const againMs = bed.clock.now();
    await handled(command(2, { to: STRANGER }));
    expect((bed.outbox.diagnostics.coldPausedUntilMs ?? 0) - againMs).toBe(60 * MINUTE_MS);
    await bed.clock.advance(60 * MINUTE_MS);
    bed.session.answer = () => accepted(bed.clock.now());
    await handled(command(3, { to: STRANGER }));
    expect(bed.statuses()).toEqual(['2 failed', '3 sent']);
    expect(bed.parked.pause).toBeUndefined();
    bed.session.answer = refuse('463');
    const onceMoreMs = bed.clock.now();
    await handled(command(4, { to: STRANGER }));
    expect((bed.outbox.diagnostics.coldPausedUntilMs ?? 0) - onceMoreMs).toBe(30 * MINUTE_MS);
  });

  it('the pause is kept over a restart', async () => {
    const { coldPausedUntilMs } = bed.outbox.diagnostics;
    bed.restart('open');
    await bed.settle();
    await handled(command(2, { to: STRANGER }));
    expect(bed.statuses()).toEqual(['2 failed']);
    expect(bed.outbox.diagnostics.coldPausedUntilMs).toBe(coldPausedUntilMs);
  });
});
