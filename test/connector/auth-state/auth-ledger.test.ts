import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { SessionUidSchema } from '#core/domain/ids.ts';
import { AuthLedger } from '../../../connector/auth-state/auth-ledger.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { memoryTable } from './memory-table.ts';

const sessionUid = SessionUidSchema.parse('a'.repeat(24));
const keyPair = () => ({ public: randomBytes(32), private: randomBytes(32) });

async function newLedger() {
  const memory = memoryTable();
  const load = () => AuthLedger.load({ table: memory.table, sessionUid, clock: systemClock });
  return { ...memory, load, ledger: await load() };
}

describe('AuthLedger', () => {
  it('is read by the next process as it was written', async () => {
    const { ledger, load } = await newLedger();
    await ledger.set({ session: { '1.0': { version: 'v1', key: randomBytes(4) } }, 'lid-mapping': { '55': '99' } });
    const next = await load();
    expect(await next.get('session', ['1.0', '2.0'])).toEqual(await ledger.get('session', ['1.0']));
    expect(await next.get('lid-mapping', ['55'])).toEqual({ '55': '99' });
  });

  it('writes additions first and removals last, and nothing that is already so', async () => {
    const { ledger, writes } = await newLedger();
    await ledger.set({ session: { a: { n: 1 } }, 'device-list': { '55': ['0', '1'] } });
    writes.length = 0;
    await ledger.set({ session: { a: null, b: { n: 2 }, c: null }, 'device-list': { '55': ['0', '1'] } });
    expect(writes).toEqual(['put session#b', 'remove session#a']);
  });

  it('packs 812 pre-keys into nine rows and notes used ones in a bitmap', async () => {
    const { ledger, load, writes, rows } = await newLedger();
    const keys = Object.fromEntries(Array.from({ length: 812 }, (_, n) => [String(n + 1), keyPair()]));
    await ledger.set({ 'pre-key': keys });
    expect(writes).toHaveLength(9);
    await ledger.set({ 'pre-key': { '150': null, '151': null, '812': null } });
    expect(writes).toHaveLength(11);
    const next = await load();
    expect(await next.get('pre-key', ['149', '150', '812', '813'])).toEqual({ '149': keys['149'] });
    expect([...rows.values()].every((row) => row.length < 7000)).toBe(true);
  });

  it('takes pre-keys that were made again under the same ids for new ones', async () => {
    const { ledger } = await newLedger();
    await ledger.set({ 'pre-key': { '1': keyPair(), '2': keyPair() } });
    await ledger.set({ 'pre-key': { '1': null } });
    const again = keyPair();
    await ledger.set({ 'pre-key': { '1': again, '2': keyPair() } });
    expect(await ledger.get('pre-key', ['1'])).toEqual({ '1': again });
  });

  it('sits out an outage of the table and keeps the order of two changes of one entry', async () => {
    const memory = memoryTable();
    const clock = new VirtualClock(0);
    const ledger = await AuthLedger.load({ table: memory.table, sessionUid, clock });
    memory.failures.push(new Error('down'), new Error('down'));
    const first = ledger.set({ session: { a: { n: 1 } } });
    const second = ledger.set({ session: { a: { n: 2 } } });
    await clock.advance(1000);
    await Promise.all([first, second]);
    const next = await AuthLedger.load({ table: memory.table, sessionUid, clock });
    expect(await next.get('session', ['a'])).toEqual({ a: { n: 2 } });
  });

  it('fails what is not durable when it is closed, so that nothing is acknowledged', async () => {
    const { ledger, failures } = await newLedger();
    failures.push(...Array.from({ length: 50 }, () => new Error('down')));
    const step = ledger.set({ session: { a: { n: 1 } } });
    ledger.close();
    await expect(step).rejects.toThrow();
  });

  it('writes the last of several credentials of one turn', async () => {
    const { ledger, load, writes } = await newLedger();
    ledger.saveCredentials({ n: 1 });
    ledger.saveCredentials({ n: 2 });
    await ledger.flush();
    expect(writes).toEqual(['put creds']);
    expect((await load()).credentials).toEqual({ n: 2 });
  });

  it('leaves nothing behind when it is erased', async () => {
    const { ledger, table, rows } = await newLedger();
    ledger.saveCredentials({ n: 1 });
    await ledger.set({ 'pre-key': { '1': keyPair() }, session: { a: { n: 1 } } });
    await ledger.flush();
    await AuthLedger.erase({ table, sessionUid, clock: systemClock });
    expect(rows.size).toBe(0);
  });
});
