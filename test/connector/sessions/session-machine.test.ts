import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idleState,
  needsPerson,
  type SessionInput,
  type SessionState,
  step,
} from '../../../connector/sessions/session-machine.ts';
import type { Closed } from '../../../connector/whatsapp/whatsapp-port.ts';

const CONTEXT = { nowMs: 0, random: 0.5 };
const WHATSAPP_CODES = [400, 401, 402, 403, 405, 406, 408, 409, 411, 428, 440, 500, 503, 515, 599];

const said = (code: number): SessionInput => ({ type: 'closed', closed: { code, cause: 'whatsapp' } });
const lost: SessionInput = { type: 'closed', closed: { code: 428, cause: 'network' } };
const after = (state: SessionState, ...inputs: readonly SessionInput[]): SessionState =>
  inputs.reduce((now, input) => step(now, input, CONTEXT).state, state);
const start = (linked: boolean): SessionInput => ({ type: 'start', linked, wasOpen: false });

const fresh = idleState('created', false);
const open = after(fresh, start(true), { type: 'opened' });

describe('step', () => {
  it('pairs, restarts at once as WhatsApp asks after a scan, and opens', () => {
    const paired = after(fresh, start(false), { type: 'qr' }, { type: 'paired' });
    expect(paired).toMatchObject({ status: 'connecting', linked: true });
    const restart = step(paired, said(515), CONTEXT);
    expect(restart.effects).toEqual([{ type: 'connect' }]);
    expect(after(restart.state, { type: 'opened' })).toMatchObject({ status: 'open', failures: 0 });
  });

  it('waits longer from one failure to the next, up to a minute, half of it by chance', () => {
    let state = open;
    const delays: number[] = [];
    for (let n = 0; n < 9; n++) {
      const { state: next, effects } = step(state, lost, CONTEXT);
      delays.push(effects[0]?.type === 'wait' ? effects[0].delayMs : -1);
      state = next;
    }
    expect(delays).toEqual([750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000, 45_000]);
    expect(state.status).toBe('reconnecting');
    expect(step(open, lost, { nowMs: 0, random: 0 }).effects).toEqual([{ type: 'wait', delayMs: 500 }]);
  });

  it.each([
    [401, 'logged_out'],
    [411, 'logged_out'],
    [402, 'banned'],
    [403, 'banned'],
    [406, 'banned'],
  ])('ends on code %i as %s, with a reason', (code, status) => {
    const { state, effects } = step(open, said(code), CONTEXT);
    expect(state).toMatchObject({ status, running: false, reason: expect.stringMatching(/\.$/) });
    expect(effects).toEqual([{ type: 'disconnect' }]);
  });

  it('gives up when another program keeps taking the link', () => {
    const twice = after(open, said(440), said(440));
    expect(twice).toMatchObject({ status: 'reconnecting', running: true });
    expect(after(twice, said(440))).toMatchObject({ status: 'stopped', running: false });
    expect(after(twice, { type: 'opened' }, said(440))).toMatchObject({ running: true });
  });

  it('stops when nobody scans', () => {
    const waiting = after(fresh, start(false), { type: 'qr' });
    const unscanned: Closed = { code: 408, cause: 'unscanned' };
    expect(after(waiting, { type: 'closed', closed: unscanned })).toMatchObject({
      status: 'stopped',
      reason: expect.stringContaining('Nobody scanned'),
    });
  });

  it('backs off when WhatsApp asks for new connections in a loop', () => {
    const thrice = after(open, said(515), said(515), said(515));
    expect(step(thrice, said(515), CONTEXT).effects).toEqual([{ type: 'wait', delayMs: 3750 }]);
    expect(step(thrice, said(515), { nowMs: 60_000, random: 0.5 }).effects).toEqual([{ type: 'connect' }]);
  });

  it('takes an HTTP status of a refused upgrade for the network, not for a ban', () => {
    const refused: Closed = { code: 403, cause: 'network' };
    expect(after(open, { type: 'closed', closed: refused })).toMatchObject({ status: 'reconnecting', running: true });
  });

  it('always either runs or rests: never a resting session with a wait or a connection, whatever comes', () => {
    const input = fc.oneof(
      fc.record({ type: fc.constant('start' as const), linked: fc.boolean(), wasOpen: fc.boolean() }),
      fc.constantFrom<SessionInput>({ type: 'due' }, { type: 'qr' }, { type: 'paired' }, { type: 'opened' }),
      fc.constantFrom<SessionInput>({ type: 'stop' }, { type: 'logged_out' }),
      fc.record({
        type: fc.constant('closed' as const),
        closed: fc.record({
          code: fc.constantFrom(...WHATSAPP_CODES),
          cause: fc.constantFrom('whatsapp' as const, 'network' as const, 'unscanned' as const),
        }),
      }),
    );
    const timed = fc.record({
      input,
      nowMs: fc.nat(1_000_000),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(timed, { maxLength: 40 }), (inputs) => {
        let state = fresh;
        for (const { input: next, nowMs, random } of inputs) {
          const result = step(state, next, { nowMs, random });
          state = result.state;
          const active = ['pairing', 'connecting', 'open', 'reconnecting'].includes(state.status);
          expect(state.running).toBe(active);
          for (const effect of result.effects) {
            if (effect.type !== 'disconnect') expect(state.running).toBe(true);
            if (effect.type === 'wait') expect(effect.delayMs).toBeGreaterThan(0);
            if (effect.type === 'wait') expect(effect.delayMs).toBeLessThanOrEqual(3_600_000);
          }
          if (next.type === 'closed' && state.running) expect(result.effects).toHaveLength(next.type ? 1 : 0);
        }
      }),
    );
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
