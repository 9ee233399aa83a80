import { describe, expect, it } from 'vitest';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { showPairing } from '../../../local/terminal/live-pairing.ts';

const row = (more: Partial<SessionRow>) => ({ sessionId: '100200300', status: 'pairing', ...more }) as SessionRow;

/** Shows what each look finds, one after the other. */
async function show(...looks: (readonly SessionRow[])[]): Promise<{ written: string[]; created: number }> {
  const clock = new VirtualClock(0);
  const stopping = new AbortController();
  const written: string[] = [];
  let created = 0;
  const done = showPairing({
    sessions: async () => (looks.length > 1 ? looks.shift()! : looks[0]!),
    createSession: async () => void created++,
    clock,
    write: (text) => void written.push(text),
    signal: stopping.signal,
  });
  for (let second = 0; second < 20; second++) await clock.advance(1000);
  stopping.abort();
  await done;
  return { written, created };
}

describe('showPairing', () => {
  it('makes a session when there is none', async () => {
    expect((await show([], [row({ qr: 'one' })])).created).toBe(1);
    expect((await show([row({})])).created).toBe(0);
  });

  it('shows each code once, as WhatsApp changes it, and then that it is linked', async () => {
    const { written } = await show(
      [row({})],
      [row({})],
      [row({ qr: 'one' })],
      [row({ qr: 'one' })],
      [row({ qr: 'two' })],
      [row({ status: 'connecting' })],
      [row({ status: 'open' })],
    );
    expect(written).toHaveLength(3);
    expect(written[0]).toContain('▄');
    expect(written[0]).not.toBe(written[1]);
    expect(written[2]).toBe('\nSession 100200300 is linked and open.\n');
  });

  it('says nothing of a session that was open all the time', async () => {
    expect((await show([row({ status: 'open' })])).written).toEqual([]);
  });

  it('says once that something stands in the way when no code comes', async () => {
    const { written } = await show([row({})]);
    expect(written).toEqual([expect.stringContaining('is WhatsApp reachable from this machine?')]);
  });
});
