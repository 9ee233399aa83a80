import { describe, expect, it } from 'vitest';
import { idleState, needsPerson, step } from '../../../connector/sessions/session-machine.ts';
import type { SessionEffect, SessionInput, SessionState } from '../../../connector/sessions/session-state.ts';
import type { Closed } from '../../../connector/whatsapp/whatsapp-port.ts';

const WALL_MS = Date.UTC(2026, 10, 20);
const CONTEXT = { nowMs: 0, wallMs: WALL_MS, random: 0.5, attemptsAllowed: 1000 };
const MINUTE_MS = 60_000;

const said = (code: number, more: Partial<Closed> = {}): SessionInput => ({
  type: 'closed',
  closed: { code, cause: 'whatsapp', ...more },
});
const lost: SessionInput = { type: 'closed', closed: { code: 428, cause: 'network' } };
const refused = (code: number): SessionInput => ({ type: 'closed', closed: { code, cause: 'upgrade' } });
const at = (nowMs: number) => ({ ...CONTEXT, nowMs });
const after = (state: SessionState, ...inputs: readonly SessionInput[]): SessionState =>
  inputs.reduce((now, input) => step(now, input, CONTEXT).state, state);
const start = (linked: boolean): SessionInput => ({ type: 'start', linked, wasOpen: false });
const delayOf = (effects: readonly SessionEffect[]): number | undefined =>
  effects.flatMap((effect) => (effect.type === 'wait' ? [effect.delayMs] : []))[0];
const told = (effects: readonly SessionEffect[]) => effects.filter(({ type }) => type === 'tell');

const fresh = idleState('created', false);
const open = after(fresh, start(true), { type: 'opened' });

describe('step', () => {
  it('pairs, restarts at once as WhatsApp asks after a scan, and opens', () => {
    const paired = after(fresh, start(false), { type: 'qr' }, { type: 'paired' });
    expect(paired).toMatchObject({ status: 'connecting', linked: true, fresh: true });
    const restart = step(paired, said(515), CONTEXT);
    expect(restart.effects).toEqual([{ type: 'connect' }]);
    expect(after(restart.state, { type: 'opened' })).toMatchObject({ status: 'open', failures: 0, fresh: false });
  });

  it('waits longer from one failure to the next, up to a minute, half of it by chance', () => {
    let state = open;
    const delays: (number | undefined)[] = [];
    for (let n = 0; n < 9; n++) {
      const { state: next, effects } = step(state, lost, CONTEXT);
      delays.push(delayOf(effects));
      state = next;
    }
    expect(delays).toEqual([750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000, 45_000]);
    expect(state).toMatchObject({ status: 'reconnecting', reason: 'connection_lost' });
    expect(step(open, lost, { ...CONTEXT, random: 0 }).effects).toEqual([{ type: 'wait', delayMs: 500 }]);
  });

  it('begins with the shortest wait again only after a connection that lasted a minute', () => {
    const failed = after(open, lost, lost, lost, lost);
    const again = step(failed, { type: 'opened' }, at(0)).state;
    expect(delayOf(step(again, lost, at(MINUTE_MS - 1)).effects)).toBe(3000);
    expect(delayOf(step(again, lost, at(MINUTE_MS)).effects)).toBe(750);
  });

  it.each([
    [401, 'logged_out', 'device_unlinked'],
    [411, 'logged_out', 'relink_required'],
    [402, 'banned', 'banned_for_a_time'],
    [403, 'banned', 'number_refused'],
    [406, 'banned', 'number_banned'],
  ] as const)('ends on code %i as %s, and operators hear of it', (code, status, reason) => {
    const { state, effects } = step(open, said(code), CONTEXT);
    expect(state).toMatchObject({ status, running: false, reason });
    expect(effects).toEqual([
      { type: 'disconnect' },
      { type: 'tell', kind: 'session.needs_person', reason, fleet: false },
    ]);
  });

  it.each([
    [3600, WALL_MS + 3_600_000],
    [WALL_MS / 1000 + 60, WALL_MS + 60_000],
  ])('says when a ban ends that WhatsApp gave as %i seconds', (banS, reasonUntilMs) => {
    const { state } = step(open, said(402, { banS }), CONTEXT);
    expect(state).toMatchObject({ status: 'banned', reason: 'banned_until', reasonUntilMs });
    expect(after(state, start(true))).not.toHaveProperty('reasonUntilMs');
  });

  it.each([
    [405, 'client_outdated'],
    [400, 'protocol_unknown'],
    [409, 'client_refused'],
  ])(
    'waits five minutes and more on code %i, keeps the link, and tells operators once for all sessions',
    (code, reason) => {
      const first = step(open, said(code), { ...CONTEXT, random: 0 });
      expect(delayOf(first.effects)).toBeGreaterThanOrEqual(300_000);
      expect(first.state).toMatchObject({ status: 'reconnecting', running: true, linked: true, reason });
      expect(told(first.effects)).toEqual([{ type: 'tell', kind: 'session.needs_person', reason, fleet: true }]);
      expect(told(step(first.state, said(code), CONTEXT).effects)).toEqual([]);
    },
  );

  it('tries twice when another program takes the link, after 10 to 30 s, then stops and tells', () => {
    for (const random of [0, 0.999]) {
      const first = step(open, said(440), { ...CONTEXT, random });
      const second = step(first.state, said(440), { ...CONTEXT, random });
      for (const { effects } of [first, second]) {
        expect(delayOf(effects)).toBeGreaterThanOrEqual(10_000);
        expect(delayOf(effects)).toBeLessThanOrEqual(30_000);
      }
      const third = step(second.state, said(440), { ...CONTEXT, random });
      expect(third.state).toMatchObject({ status: 'stopped', running: false, reason: 'link_taken' });
      expect(told(third.effects)).toMatchObject([{ kind: 'session.stopped' }]);
    }
  });

  it('counts takeovers also when the session was open in between, for half an hour', () => {
    const fought = after(open, said(440), { type: 'opened' }, said(440), { type: 'opened' });
    expect(step(fought, said(440), at(29 * MINUTE_MS)).state).toMatchObject({ status: 'stopped' });
    expect(step(fought, said(440), at(31 * MINUTE_MS)).state).toMatchObject({ status: 'reconnecting', running: true });
  });

  it('tells after five errors of WhatsApp in a row, once, and goes on', () => {
    const counts: number[] = [];
    let state = open;
    for (let n = 0; n < 12; n++) {
      const next = step(
        state,
        n % 2 ? said(500) : { type: 'closed', closed: { code: 500, cause: 'network' } },
        CONTEXT,
      );
      counts.push(told(next.effects).length);
      state = next.state;
    }
    expect(counts).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(state).toMatchObject({ running: true, linked: true, reason: 'whatsapp_error' });
    expect(
      told(step(after(open, said(500), said(500), lost, said(500), said(500)), said(500), CONTEXT).effects),
    ).toEqual([]);
  });

  it('tells when WhatsApp has been busy for half an hour', () => {
    const busy = step(open, said(503), at(0));
    expect(told(busy.effects)).toEqual([]);
    expect(told(step(busy.state, said(503), at(29 * MINUTE_MS)).effects)).toEqual([]);
    expect(told(step(busy.state, said(503), at(30 * MINUTE_MS)).effects)).toMatchObject([{ fleet: true }]);
  });

  it.each([403, 429])('takes HTTP %i instead of a WebSocket for the address, not for a ban, and tells', (code) => {
    const { state, effects } = step(open, refused(code), CONTEXT);
    expect(state).toMatchObject({ status: 'reconnecting', running: true, reason: 'address_refused' });
    expect(told(effects)).toMatchObject([{ fleet: true }]);
  });

  it('knows a proxy that refuses its credentials, and one that leads nowhere', () => {
    expect(step(open, refused(407), CONTEXT).state).toMatchObject({ reason: 'proxy_refused', running: true });
    const dead: Closed = { code: 408, cause: 'network', proxied: true };
    expect(step(open, { type: 'closed', closed: dead }, CONTEXT).state).toMatchObject({ reason: 'proxy_unreachable' });
    expect(step(open, refused(502), CONTEXT).state).toMatchObject({ reason: 'connection_lost' });
  });

  it('stops when the attempts that are allowed are over, and tells', () => {
    let state = open;
    for (let n = 0; n < 4; n++) state = step(state, lost, { ...CONTEXT, attemptsAllowed: 5 }).state;
    expect(state.running).toBe(true);
    const { state: stopped, effects } = step(state, lost, { ...CONTEXT, attemptsAllowed: 5 });
    expect(stopped).toMatchObject({ status: 'stopped', running: false, reason: 'attempts_exhausted' });
    expect(told(effects)).toMatchObject([{ kind: 'session.stopped', reason: 'attempts_exhausted' }]);
  });

  it('stops when nobody scans, and tells nobody', () => {
    const waiting = after(fresh, start(false), { type: 'qr' });
    const { state, effects } = step(waiting, { type: 'closed', closed: { code: 408, cause: 'unscanned' } }, CONTEXT);
    expect(state).toMatchObject({ status: 'stopped', reason: 'pairing_expired' });
    expect(told(effects)).toEqual([]);
  });

  it('backs off when WhatsApp asks for new connections in a loop, and ends it at last', () => {
    const thrice = after(open, said(515), said(515), said(515));
    expect(delayOf(step(thrice, said(515), CONTEXT).effects)).toBe(3750);
    expect(step(thrice, said(515), at(MINUTE_MS)).effects).toEqual([{ type: 'connect' }]);
    let state = open;
    for (let n = 0; n < 20; n++) state = step(state, said(515), { ...CONTEXT, attemptsAllowed: 5 }).state;
    expect(state).toMatchObject({ status: 'stopped', reason: 'attempts_exhausted' });
  });

  it('cuts a wait short when its owner starts it, but not again and again', () => {
    const waiting = step(open, lost, at(10_000));
    const started = step(waiting.state, start(true), at(10_001));
    expect(started.effects).toEqual([{ type: 'connect' }]);
    const failed = step(started.state, lost, at(10_002));
    expect(step(failed.state, start(true), at(10_003)).effects).toEqual([]);
    expect(step(open, start(true), at(10_000)).effects).toEqual([]);
  });

  it('rests in quarantine and without its proxy', () => {
    const quarantined = step(fresh, { type: 'barred', reason: 'quarantined' }, CONTEXT);
    expect(quarantined.state).toMatchObject({ status: 'stopped', running: false, reason: 'quarantined' });
    expect(told(quarantined.effects)).toMatchObject([{ kind: 'session.quarantined' }]);
    expect(told(step(open, { type: 'barred', reason: 'proxy_missing' }, CONTEXT).effects)).toMatchObject([
      { kind: 'session.stopped', reason: 'proxy_missing' },
    ]);
  });
});

describe('needsPerson', () => {
  it('is said of a session that WhatsApp unlinked or banned, until its owner starts it or lets it go', () => {
    const banned = after(open, said(403));
    expect([open, after(open, lost), after(open, said(401)), banned].map(needsPerson)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(needsPerson(after(banned, { type: 'stop' }))).toBe(false);
    expect(needsPerson(after(banned, start(false)))).toBe(false);
  });

  it('is not said of a session that its owner logged out, also after a restart of the process', () => {
    expect(needsPerson(after(open, { type: 'logged_out' }))).toBe(false);
    expect(needsPerson(idleState('logged_out', false, true))).toBe(false);
    expect(needsPerson(idleState('logged_out', false, false))).toBe(true);
  });
});
