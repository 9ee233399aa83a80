import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphError } from '#core/domain/graph-error.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import { type LimitsBed, sorted, startLimits } from './limits-bed.ts';

const FRIEND = '5511987654321';

let bed: LimitsBed;
beforeAll(async () => {
  bed = await startLimits();
}, 60_000);
afterAll(() => bed.stop());

describe('Idempotency-Key', () => {
  it('makes one message of a repeated request, with the same answer, in another process too, and pays once', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    const wamid = await process.send(session, FRIEND, { key: 'order 1' });
    const again = await process.send(session, FRIEND, { key: 'order 1' });
    const elsewhere = await bed.startProcess().send(session, FRIEND, { key: 'order 1' });
    expect([again, elsewhere]).toEqual([wamid, wamid]);
    expect(await bed.queued()).toMatchObject([{ wamid }]);
    expect((await process.budget(session, FRIEND)).limits.pair?.left).toBe(44);
  });
  it('refuses another body under the key with 409, and takes it at another number', async () => {
    const [session, other] = [await bed.newSession(), await bed.newSession()];
    const process = bed.startProcess();
    const wamid = await process.send(session, FRIEND, { key: 'order 2' });
    expect(await process.send(session, FRIEND, { key: 'order 2', text: 'outro' })).toMatchObject({
      code: 100,
      status: 409,
      details: expect.stringContaining('Idempotency-Key') as string,
    });
    expect(await process.send(other, FRIEND, { key: 'order 2', text: 'outro' })).not.toBe(wamid);
    expect(await bed.queued()).toHaveLength(2);
  });
  it('forgets a key after 24 hours, and what it meant for a number that was created anew', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    const first = await process.send(session, FRIEND, { key: 'order 3' });
    await bed.clock.advance(24 * 60 * 60_000 - 1000);
    expect(await process.send(session, FRIEND, { key: 'order 3' })).toBe(first);
    await bed.clock.advance(2000);
    expect(await process.send(session, FRIEND, { key: 'order 3' })).not.toBe(first);
    await bed.aws.documents.send(
      new DeleteCommand({
        TableName: 'sessions',
        Key: { sessionId: session.sessionId },
      }),
    );
    const { sessionId } = session;
    const anew = await bed.newSession({ sessionId });
    const wamid = await process.send(anew, FRIEND, { key: 'order 3', text: 'other' });
    expect(parseWamid(String(wamid))).toMatchObject({ sessionUid: anew.sessionUid });
    expect(await bed.queued()).toHaveLength(3);
  });
  it.each(['', 'x'.repeat(256), 'ordem nº 1', 'tab\tulator'])('refuses the key %j', async (key) => {
    const session = await bed.newSession();
    const refused = await bed.startProcess().send(session, FRIEND, { key });
    expect(refused).toMatchObject({ code: 100, status: 400 });
    expect((refused as GraphError).details).toMatch(/^Idempotency-Key: must be 1 to 255 printable/);
  });
  it('takes a refused request again under its key, another body too: nothing was promised', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess({ pair: { amount: 1, perSeconds: 6, burst: 1 } });
    await process.send(session, FRIEND);
    expect(await process.send(session, FRIEND, { key: 'order 4' })).toMatchObject({ code: 131056 });
    await bed.clock.advance(6000);
    expect(typeof (await process.send(session, FRIEND, { key: 'order 4', text: 'outro' }))).toBe('string');
    expect(await bed.queued()).toHaveLength(2);
  });
  it('makes one message of 32 requests at once in eight processes, and pays once', async () => {
    const session = await bed.newSession();
    const processes = Array.from({ length: 8 }, () => bed.startProcess());
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, n) => processes[n % 8]!.send(session, FRIEND, { key: 'order 5' })),
    );
    expect(sorted(answers).accepted).toBe(32);
    expect(new Set(answers).size).toBe(1);
    expect(await bed.queued()).toHaveLength(1);
    const { limits } = await bed.startProcess().budget(session, FRIEND);
    expect([limits.pair?.left, limits.new_contacts?.left]).toEqual([44, 49]);
  }, 30_000);
  it('makes one message even if there is one token for both', async () => {
    const session = await bed.newSession();
    const limits = { pair: { amount: 1, perSeconds: 600, burst: 1 } };
    const both = [bed.startProcess(limits), bed.startProcess(limits)];
    const answers = await Promise.all(both.map((process) => process.send(session, FRIEND, { key: 'order 6' })));
    expect(answers[0]).toBe(answers[1]);
    expect(await bed.queued()).toHaveLength(1);
  });

  const CALLS = 9;
  const deaths = Array.from({ length: CALLS }, (_, n) => n + 1).flatMap((at) =>
    (['before', 'after'] as const).map((when) => ({ at, when })),
  );
  it.each(deaths)('is one message after a death $when call $at: the next request finishes the work', async (crash) => {
    const session = await bed.newSession();
    const first = bed.startProcess();
    first.rounds.crash = crash;
    const died = await first.send(session, FRIEND, { key: 'order 7' }).catch((error: Error) => error.message);
    const next = bed.startProcess();
    const wamid = await next.send(session, FRIEND, { key: 'order 7' });
    expect(typeof wamid).toBe('string');
    if (died !== 'died') expect(wamid).toBe(died);
    expect(await next.send(session, FRIEND, { key: 'order 7' })).toBe(wamid);
    const queued = await bed.queued();
    expect(queued.map((command) => command.wamid)).toEqual([wamid]);
    // What died between the limits and the note has used up its token; nothing else has.
    const left = (await next.budget(session, FRIEND)).limits.pair?.left ?? 0;
    const paid = first.rounds.calls.map(({ name }) => name).includes('PutCommand') ? 44 : 43;
    expect(left).toBeGreaterThanOrEqual(paid);
    expect(left).toBeLessThanOrEqual(44);
  });
  it('dies in each of its calls in the test above', async () => {
    const session = await bed.newSession();
    const process = bed.startProcess();
    await process.send(session, FRIEND, { key: 'order 8' });
    const names = process.rounds.calls.map(({ name }) => name);
    expect(names.slice(-3)).toEqual(['PutCommand', 'SendMessage', 'UpdateCommand']);
    expect(names.length).toBeLessThanOrEqual(CALLS + 3);
    await bed.queued();
  });
});
