import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyIdSchema } from '#core/domain/ids.ts';
import { makeContactMarks } from '../../../../connector/inbound/contact-marks.ts';
import { type LimitsBed, person, sorted, startLimits } from './limits-bed.ts';

const FRIEND = '5511987654321';
/** Nothing but what a test is about. */
const OFF = { global: 0, key: 0, session: 0, pair: 0, newContacts: 0 } as const;
const DAY_MS = 24 * 60 * 60_000;

let bed: LimitsBed;
beforeAll(async () => {
  bed = await startLimits();
}, 60_000);
afterAll(() => bed.stop());

const times = <T>(n: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)));
const oneAfterTheOther = async <T>(n: number, work: (n: number) => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (let i = 0; i < n; i++) all.push(await work(i));
  return all;
};
const waitOf = (answer: { headers: Readonly<Record<string, string>> } | undefined): number =>
  Number(answer?.headers['retry-after-ms']);

describe('a pair', () => {
  it('gets 45 at once, then 131056 with the exact wait, and one more when that is over', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    const { accepted, refused } = sorted(await oneAfterTheOther(46, () => process.send(session, FRIEND)));
    expect(accepted).toBe(45);
    const [error] = refused;
    expect(error).toMatchObject({ code: 131056, status: 429, transient: true });
    expect(error?.headers).toEqual({ 'retry-after': '6', 'retry-after-ms': '6000' });
    expect(error?.details).toContain('in 6000 ms, at 2026-11-20T12:00:06.000Z');
    await bed.clock.advance(5999);
    const early = sorted([await process.send(session, FRIEND)]);
    expect(early.refused[0]?.headers).toEqual({ 'retry-after': '1', 'retry-after-ms': '1' });
    await bed.clock.advance(1);
    expect(sorted([await process.send(session, FRIEND), await process.send(session, FRIEND)]).accepted).toBe(1);
    expect(await bed.queued()).toHaveLength(46);
  });
  it('never gets more from 64 callers in eight processes, and is one however its number is written', async () => {
    const session = await bed.newSession();
    const processes = Array.from({ length: 8 }, () => bed.startProcess());
    const forms = ['+55 (11) 98765-4321', '551187654321'];
    const answers = await times(64, (n) => processes[n % 8]!.send(session, forms[n % 2]!));
    const { accepted, codes } = sorted(answers);
    expect(accepted).toBe(45);
    expect(codes).toEqual(new Set([131056]));
    // A first contact was paid once.
    const { limits } = await bed.startProcess().budget(session, FRIEND);
    expect(limits.new_contacts?.left).toBe(49);
    await bed.queued();
  });
  it('shares nothing with another number or another recipient', async () => {
    const [mine, other] = [await bed.newSession(), await bed.newSession()];
    const process = bed.startProcess({ pair: { amount: 1, perSeconds: 6, burst: 1 } });
    expect(sorted([await process.send(mine, FRIEND), await process.send(mine, FRIEND)]).accepted).toBe(1);
    expect(sorted([await process.send(other, FRIEND), await process.send(mine, person(1))]).accepted).toBe(2);
  });
  it('costs no call while the process knows that it is over', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess({ pair: { amount: 1, perSeconds: 6, burst: 1 } });
    await oneAfterTheOther(2, () => process.send(session, FRIEND));
    const before = process.rounds.calls.length;
    await oneAfterTheOther(5, () => process.send(session, FRIEND));
    expect(process.rounds.calls.slice(before).map(({ name }) => name)).toEqual(Array(5).fill('GetCommand'));
    await bed.queued();
  });
});

describe('the other limits', () => {
  it.each([
    ['session', 130429, 'from this number'],
    ['key', 4, 'with this API key'],
    ['global', 130429, 'in this deployment'],
    ['newContacts', 131048, 'never wrote to nor heard from'],
  ] as const)(
    '%s refuses with its code, gives back what the message took, and says when',
    async (name, code, words) => {
      const session = await bed.newSession();
      const apiKeyId = ApiKeyIdSchema.parse(`key_${session.sessionUid.slice(0, 16)}`);
      const pair = { amount: 1, perSeconds: 60, burst: 2 };
      const process = bed.startProcess({ ...OFF, pair, [name]: { amount: 1, perSeconds: 40, burst: 3 } });
      const answers = await oneAfterTheOther(4, (n) => process.send(session, person(n), { apiKeyId }));
      const { accepted, refused } = sorted(answers);
      expect({ accepted, code: refused[0]?.code, status: refused[0]?.status }).toEqual({
        accepted: 3,
        code,
        status: 429,
      });
      expect(refused[0]?.details).toContain(words);
      expect(waitOf(refused[0])).toBe(40_000);
      const budget = await process.budget(session, person(3));
      expect(budget.limits.pair).toMatchObject({ left: 2, next_in_ms: null });
      if (name === 'newContacts') expect(budget.to).toEqual({ wa_id: person(3), is_new_contact: true });
      await bed.clock.advance(39_999);
      expect(sorted([await process.send(session, person(3), { apiKeyId })]).accepted).toBe(0);
      await bed.clock.advance(1);
      expect(sorted([await process.send(session, person(3), { apiKeyId })]).accepted).toBe(1);
      await bed.queued();
    },
  );
  it('are off with 0', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess(OFF);
    expect(sorted(await times(60, () => process.send(session, FRIEND))).accepted).toBe(60);
    expect(process.rounds.calls.filter(({ isWrite }) => isWrite)).toEqual([]);
    const { limits } = await process.budget(session, FRIEND);
    expect(limits).toEqual({ pair: null, session: null, new_contacts: null, key: null, global: null });
    await bed.queued();
  });
  it('are set by a number before its account, and by that before the deployment', async () => {
    const pair = (burst: number) => ({ pair: { amount: 1, perSeconds: 6, burst } });
    const session = await bed.newSession({ limits: pair(3) });
    const process = bed.startProcess(pair(1));
    expect(sorted(await oneAfterTheOther(5, () => process.send(session, FRIEND))).accepted).toBe(3);
    await bed.queued();
  });
});

describe('new contacts', () => {
  const few = { ...OFF, newContacts: { amount: 2, perSeconds: 86_400, burst: 2 } } as const;

  it('are counted once, whatever they get, and again after the retention time', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess({ ...few, pair: { amount: 1, perSeconds: 1, burst: 9 } });
    expect(sorted(await oneAfterTheOther(6, (n) => process.send(session, person(n % 2)))).accepted).toBe(6);
    const { refused } = sorted([await process.send(session, person(2))]);
    expect(refused[0]?.code).toBe(131048);
    await bed.clock.advance(31 * DAY_MS);
    expect((await process.budget(session, person(0))).to?.is_new_contact).toBe(true);
    await bed.queued();
  }, 30_000);
  it('are none who wrote to the number, as the connector marks them before the webhook', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess({ ...few, newContacts: { amount: 1, perSeconds: 86_400, burst: 1 } });
    let writes = 0;
    const dynamo = {
      send: (command: never) => {
        writes += 1;
        return bed.aws.documents.send(command);
      },
    } as never;
    const contacts = makeContactMarks({
      dynamo,
      limitsTable: 'limits',
      rememberedDays: 30,
      clock: bed.clock,
      logger: { warn: () => undefined } as never,
    });
    for (let n = 0; n < 3; n++) {
      await contacts.met({ sessionUid: session.sessionUid, recipient: '5511987654321' });
      await contacts.met({ sessionUid: session.sessionUid, recipient: '551187654321' });
    }
    expect(writes).toBe(1);
    expect(sorted([await process.send(session, person(1)), await process.send(session, FRIEND)]).accepted).toBe(2);
    expect(sorted([await process.send(session, person(2))]).refused[0]?.code).toBe(131048);
    await bed.clock.advance(31 * DAY_MS);
    expect((await process.budget(session, FRIEND)).to?.is_new_contact).toBe(true);
    await bed.queued();
  }, 30_000);
  it('are not slipped in by a second message beside one that is refused', async () => {
    const session = await bed.newSession();
    const first = bed.startProcess(few);
    await oneAfterTheOther(2, (n) => first.send(session, person(n)));
    const processes = Array.from({ length: 8 }, () => bed.startProcess(few));
    const answers = await times(16, (n) => processes[n % 8]!.send(session, person(7)));
    expect(sorted(answers)).toMatchObject({ accepted: 0, codes: new Set([131048]) });
    expect((await first.budget(session, person(7))).to?.is_new_contact).toBe(true);
    await bed.queued();
  });
});

describe('GET /{phone}/budget', () => {
  it('tells what is then let through, and when the next comes', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess({ ...OFF, session: { amount: 60, perSeconds: 60, burst: 100 } });
    await oneAfterTheOther(30, () => process.send(session, FRIEND));
    const { limits } = await process.budget(session);
    expect(limits.session?.left).toBe(70);
    expect(sorted(await oneAfterTheOther(71, () => process.send(session, FRIEND))).accepted).toBe(70);
    const empty = (await process.budget(session)).limits.session;
    expect(empty).toMatchObject({ left: 0, size: 100, amount: 60, per_seconds: 60, next_in_ms: 1000 });
    await bed.clock.advance(999);
    expect(sorted([await process.send(session, FRIEND)]).accepted).toBe(0);
    await bed.clock.advance(1);
    expect(sorted([await process.send(session, FRIEND)]).accepted).toBe(1);
    await bed.queued();
  });
  it('names all limits with times, and takes nothing', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    await process.send(session, FRIEND);
    const before = await process.budget(session, FRIEND);
    expect(before).toEqual(await process.budget(session, FRIEND));
    expect(before.limits.pair).toEqual({
      left: 44,
      size: 45,
      amount: 1,
      per_seconds: 6,
      next_in_ms: 6000,
      next_at: new Date(bed.clock.now() + 6000).toISOString(),
      full_in_ms: 6000,
      full_at: new Date(bed.clock.now() + 6000).toISOString(),
    });
    expect(before.to).toEqual({ wa_id: FRIEND, is_new_contact: false });
    expect(before.limits.new_contacts?.left).toBe(49);
    expect(before.limits.session?.left).toBe(199);
    expect((await process.budget(session)).limits.pair).toMatchObject({ left: 45, next_at: null });
    await bed.queued();
  });
});

describe('what the limits cost', () => {
  it('is less than two write units a message over a run, and three rounds of calls, strangers four', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    for (let n = 0; n < 60; n++) {
      const before = process.rounds.count;
      expect(sorted([await process.send(session, person(n % 20))]).accepted).toBe(1);
      const rounds = process.rounds.count - before;
      // The first message of a process does not know how the buckets stand, so it may guess wrong.
      if (n > 0) expect(rounds).toBeLessThanOrEqual(n < 20 ? 4 : 3);
    }
    const units = process.rounds.calls.filter(({ isWrite, name }) => isWrite && name !== 'SendMessage').length / 60;
    globalThis.process.stderr.write(`limits, write units a message: ${units.toFixed(2)}\n`);
    expect(units).toBeLessThanOrEqual(2);
    await bed.queued();
  });
  it('is less than two units too for 40 strangers', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    await oneAfterTheOther(40, (n) => process.send(session, person(n)));
    const units = process.rounds.calls.filter(({ isWrite, name }) => isWrite && name !== 'SendMessage').length / 40;
    globalThis.process.stderr.write(`limits, write units a stranger: ${units.toFixed(2)}\n`);
    expect(units).toBeLessThanOrEqual(2);
    await bed.queued();
  });
  it('is less than two units at one message a second over 20 sessions', async () => {
    const sessions = await times(20, () => bed.newSession());
    const process = bed.startProcess();
    const send = async (n: number) => {
      await bed.clock.advance(1000);
      return process.send(sessions[n % 20]!, FRIEND);
    };
    await oneAfterTheOther(60, send);
    const before = process.rounds.calls.length;
    await oneAfterTheOther(120, send);
    const calls = process.rounds.calls.slice(before);
    const units = calls.filter(({ isWrite, name }) => isWrite && name !== 'SendMessage').length / 120;
    globalThis.process.stderr.write(`limits, write units at 1 a second over 20 sessions: ${units.toFixed(2)}\n`);
    expect(units).toBeLessThanOrEqual(2);
    await bed.queued();
  }, 60_000);
});
