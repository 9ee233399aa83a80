import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '#core/domain/ids.ts';
import type { SessionRepository } from '../../../connector/sessions/session-repository.ts';
import { StartGuard } from '../../../connector/sessions/start-guard.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const START_MS = Date.UTC(2026, 10, 20);
/** How long a start takes that does no harm, milliseconds. */
const START_TAKES_MS = 200;
/** When it does its harm, milliseconds after it began. */
const HARM_AFTER_MS = 50;

type Rows = Map<string, SessionRow>;

const rowOf = (index: number): SessionRow => ({
  sessionId: SessionIdSchema.parse(String(10_000 + index)),
  sessionUid: SessionUidSchema.parse(index.toString(16).padStart(24, '0')),
  accountId: AccountIdSchema.parse('123456789012345678'),
  shard: 0,
  desired: 'running',
  status: 'reconnecting',
  sinceMs: 0,
  createdAtMs: 0,
});

/** The sessions table, as far as starts use it. */
function tableOf(rows: Rows): SessionRepository {
  const change = (id: string, changes: Partial<SessionRow>): void => {
    const row = rows.get(id);
    if (row) rows.set(id, { ...row, ...changes });
  };
  const later = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
  return {
    get: (id) => later(() => rows.get(id)),
    markStart: ({ sessionId }, startMark) =>
      later(() => {
        const row = rows.get(sessionId);
        if (!row || row.startMark || row.crashes || row.rowTrial) return undefined;
        change(sessionId, { startMark });
        return rows.get(sessionId);
      }),
    suspect: ({ sessionId }, crashes, startMark) =>
      later(() => {
        const { startMark: _mark, ...row } = rows.get(sessionId) ?? rowOf(0);
        rows.set(sessionId, { ...row, crashes: [...crashes], ...(startMark && { startMark }) });
        return true;
      }),
    listByShard: () => Promise.reject(new Error('not used')),
    update: () => Promise.reject(new Error('not used')),
    trial: () => Promise.reject(new Error('not used')),
    unmark: () => Promise.reject(new Error('not used')),
  };
}

interface Outcome {
  /** It ended because a harmful session was started. */
  readonly harmedBy: string | undefined;
}

/** One process from its start to its death, or until everything has settled. */
async function runProcess(
  clock: VirtualClock,
  rows: Rows,
  how: { readonly harmful: ReadonlySet<string>; readonly killedAfterMs: number | undefined; readonly seed: number },
): Promise<Outcome> {
  const guard = new StartGuard({ clock, random: () => how.seed });
  const table = tableOf(rows);
  const dead = new AbortController();
  let harmedBy: string | undefined;
  const die = (by?: string): void => {
    if (dead.signal.aborted) return;
    harmedBy = by;
    dead.abort();
  };
  const start = async (row: SessionRow): Promise<void> => {
    const admission = await guard.admit(table, row, dead.signal);
    if (dead.signal.aborted) return;
    if (admission.type === 'quarantined') {
      const { crashes: _crashes, startMark: _mark, ...rest } = rows.get(row.sessionId) ?? row;
      rows.set(row.sessionId, { ...rest, status: 'stopped', reasonCode: 'quarantined' });
    }
    if (admission.type !== 'admitted') return;
    if (how.harmful.has(row.sessionId)) clock.after(HARM_AFTER_MS, () => die(row.sessionId));
    clock.after(START_TAKES_MS, () => {
      if (dead.signal.aborted) return;
      const { crashes: _crashes, startMark: _mark, ...rest } = rows.get(row.sessionId) ?? row;
      rows.set(row.sessionId, { ...rest, status: 'open' });
      admission.end();
    });
  };
  for (const row of rows.values()) {
    if (row.status === 'stopped') continue;
    rows.set(row.sessionId, { ...row, status: 'reconnecting' });
    void start(row).catch(() => undefined);
  }
  if (how.killedAfterMs !== undefined) clock.after(how.killedAfterMs, () => die());
  for (let turns = 0; turns < 1000 && !dead.signal.aborted; turns++) await clock.advance(50);
  dead.abort();
  return { harmedBy };
}

const quarantined = (rows: Rows): string[] =>
  [...rows.values()].filter(({ reasonCode }) => reasonCode === 'quarantined').map(({ sessionId }) => sessionId);

function fleetOf(count: number): Rows {
  return new Map(Array.from({ length: count }, (_, index) => rowOf(index)).map((row) => [row.sessionId, row]));
}

describe('StartGuard', () => {
  it.each([1, 5, 50])('finds the one session of %i whose start ends the process, after three deaths', async (count) => {
    const clock = new VirtualClock(START_MS);
    const rows = fleetOf(count);
    const bad = rowOf(Math.floor(count / 2)).sessionId;
    let deaths = 0;
    for (; deaths < 10; deaths++) {
      const { harmedBy } = await runProcess(clock, rows, {
        harmful: new Set([bad]),
        killedAfterMs: undefined,
        seed: deaths / 10,
      });
      if (harmedBy === undefined) break;
    }
    expect(deaths).toBe(3);
    expect(quarantined(rows)).toEqual([bad]);
    for (const row of rows.values()) if (row.sessionId !== bad) expect(row.status).toBe('open');
  });

  it('forgets what was an hour ago, and what a start disproved', async () => {
    const clock = new VirtualClock(START_MS);
    const rows = fleetOf(1);
    const bad = rowOf(0).sessionId;
    const again = (harmful: readonly string[], seed: number) =>
      runProcess(clock, rows, { harmful: new Set(harmful), killedAfterMs: undefined, seed });
    await again([bad], 0.1);
    await again([bad], 0.2);
    await clock.advance(3_600_000);
    await again([bad], 0.3);
    expect((await again([bad], 0.4)).harmedBy).toBe(bad);
    await again([], 0.5);
    expect(rows.get(bad)).toMatchObject({ status: 'open' });
    await again([bad], 0.6);
    await again([bad], 0.7);
    expect(quarantined(rows)).toEqual([]);
  });

  it('blames nobody when processes are killed from outside again and again within twenty seconds', async () => {
    const kill = fc.record({
      killedAfterMs: fc.integer({ min: 1, max: 19_900 }),
      seed: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(kill, { minLength: 5, maxLength: 25 }), async (kills) => {
        const clock = new VirtualClock(START_MS);
        const rows = fleetOf(12);
        for (const { killedAfterMs, seed } of kills) {
          await runProcess(clock, rows, { harmful: new Set(), killedAfterMs, seed });
        }
        await runProcess(clock, rows, { harmful: new Set(), killedAfterMs: undefined, seed: 0.9995 });
        expect(quarantined(rows)).toEqual([]);
        for (const { status } of rows.values()) expect(status).toBe('open');
      }),
      { numRuns: 15 },
    );
  });

  it('admits a session that was deleted meanwhile to nothing', async () => {
    const clock = new VirtualClock(START_MS);
    const guard = new StartGuard({ clock, random: () => 0.5 });
    const admission = await guard.admit(tableOf(new Map()), rowOf(1), new AbortController().signal);
    expect(admission.type).toBe('gone');
  });
});
