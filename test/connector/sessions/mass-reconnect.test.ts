import { describe, expect, it } from 'vitest';
import type { ConnectionListener, WhatsApp } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { linkedWhatsApp, makeSessions, quietConnection } from './sessions-of-a-task.ts';

const SESSIONS = 500;
/** D6 and whatsapp.md 3.1: logins side by side, pairings side by side. */
const LOGINS_AT_ONCE = 20;
const PAIRINGS_AT_ONCE = 4;
/** A login as measured: 435 ms at p50 with 20 side by side. */
const LOGIN_MS = 450;

/** A WhatsApp that lets everybody in after a while, and counts who is on the way. */
function startFakeWhatsApp(clock: VirtualClock, linked: boolean) {
  const lines = new Set<ConnectionListener>();
  const opened: number[] = [];
  let underWay = 0;
  let most = 0;
  const whatsapp: WhatsApp = {
    ...linkedWhatsApp(({ listener }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      clock.after(LOGIN_MS, () => {
        underWay -= 1;
        lines.add(listener);
        opened.push(clock.monotonic());
        if (linked) listener.onOpen({ phoneNumber: '5511900000000' });
        else listener.onQr('2@code', 60_000);
      });
      return quietConnection();
    }),
    isLinked: () => linked,
  };
  return {
    whatsapp,
    opened,
    mostAtOnce: () => most,
    /** The network is gone for everybody. */
    cutAll(): void {
      opened.length = 0;
      most = 0;
      const all = [...lines];
      lines.clear();
      for (const line of all) line.onClosed({ code: 428, cause: 'network' });
    },
  };
}

describe(`${SESSIONS} sessions that lose their connections at once`, () => {
  it('come back without a stampede: few log in side by side, spread over time, and all within half a minute', async () => {
    const clock = new VirtualClock(0);
    const fake = startFakeWhatsApp(clock, true);
    const sessions = makeSessions(clock, fake.whatsapp, SESSIONS);
    await Promise.all(sessions.map((session) => session.start()));
    await clock.advance(60_000);
    expect(sessions.every(({ status }) => status === 'open')).toBe(true);
    expect(fake.mostAtOnce()).toBe(LOGINS_AT_ONCE);
    await clock.advance(60_000);
    const cutMs = clock.monotonic();
    fake.cutAll();
    await clock.advance(30_000);
    expect(sessions.every(({ status }) => status === 'open')).toBe(true);
    expect(fake.opened).toHaveLength(SESSIONS);
    expect(fake.mostAtOnce()).toBeLessThanOrEqual(LOGINS_AT_ONCE);
    // Nobody dials in the first half of the shortest wait.
    expect(Math.min(...fake.opened) - cutMs).toBeGreaterThanOrEqual(500 + LOGIN_MS);
    expect(sessions.every(({ vitals }) => vitals.reconnectsLastHour === 1)).toBe(true);
  });

  it('pair a few at a time', async () => {
    const clock = new VirtualClock(0);
    const fake = startFakeWhatsApp(clock, false);
    const sessions = makeSessions(clock, fake.whatsapp, SESSIONS);
    await Promise.all(sessions.map((session) => session.start()));
    await clock.advance(59_000);
    expect(sessions.filter(({ qr }) => qr !== undefined)).toHaveLength(SESSIONS);
    expect(fake.mostAtOnce()).toBe(PAIRINGS_AT_ONCE);
  });
});
