import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { SessionUidSchema } from '#core/domain/ids.ts';
import { AuthLedger, LedgerClosedError } from '../../../connector/auth-state/auth-ledger.ts';
import { LedgerMemory } from '../../../connector/auth-state/ledger-memory.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { memoryTable } from './memory-table.ts';

const sessionUid = SessionUidSchema.parse('a'.repeat(24));
const keyPair = () => ({ public: randomBytes(32), private: randomBytes(32) });

const MIB = 1024 * 1024;

async function newLedger(limitBytes = MIB) {
  const bed = memoryTable();
  const memory = new LedgerMemory(limitBytes);
  const load = () => AuthLedger.load({ table: bed.table, memory, sessionUid, clock: systemClock });
  return { ...bed, memory, load, ledger: await load() };
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
    await ledger.get('session', ['c']);
    writes.length = 0;
    await ledger.set({ session: { a: null, b: { n: 2 }, c: null }, 'device-list': { '55': ['0', '1'] } });
    expect(writes).toEqual(['put session#b', 'bury session#a']);
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
    const bed = memoryTable();
    const clock = new VirtualClock(0);
    const options = { table: bed.table, memory: new LedgerMemory(MIB), sessionUid, clock };
    const ledger = await AuthLedger.load(options);
    bed.failures.push(new Error('down'), new Error('down'));
    const first = ledger.set({ session: { a: { n: 1 } } });
    const second = ledger.set({ session: { a: { n: 2 } } });
    await clock.advance(1000);
    await Promise.all([first, second]);
    const next = await AuthLedger.load(options);
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

  it('does not write credentials that are as they were, in this process or in the one before', async () => {
    const { ledger, load, writes } = await newLedger();
    ledger.saveCredentials({ n: 1, key: randomBytes(4).fill(7) });
    await ledger.flush();
    const next = await load();
    for (const each of [ledger, next]) each.saveCredentials({ n: 1, key: randomBytes(4).fill(7) });
    await Promise.all([ledger.flush(), next.flush()]);
    expect(writes).toEqual(['put creds']);
    next.saveCredentials({ n: 2 });
    await next.flush();
    expect(writes).toEqual(['put creds', 'put creds']);
  });

  it('reads what is wanted at once with the credentials, or that it is missing, and does not ask for it again', async () => {
    const { ledger, table, memory, reads, writes } = await newLedger();
    await ledger.set({ 'lid-mapping': { '55': '99' }, 'device-list': { '55': ['0', '1'] } });
    [reads.length, writes.length] = [0, 0];
    const wanted = { 'lid-mapping': ['55', '56'], 'device-list': ['55'] };
    const next = await AuthLedger.load({ table, memory, sessionUid, clock: systemClock, wanted });
    expect(await next.get('lid-mapping', ['55', '56'])).toEqual({ '55': '99' });
    await next.set({ 'device-list': { '55': ['0', '1'] } });
    expect(reads).toEqual(['creds', 'lid-mapping#55', 'lid-mapping#56', 'device-list#55']);
    expect(writes).toEqual([]);
  });

  it('leaves nothing behind when it is erased', async () => {
    const { ledger, table, rows } = await newLedger();
    ledger.saveCredentials({ n: 1 });
    await ledger.set({ 'pre-key': { '1': keyPair() }, session: { a: { n: 1 } } });
    await ledger.flush();
    await AuthLedger.erase({ table, sessionUid });
    expect(rows.size).toBe(0);
  });

  it('reads at its start nothing but the credentials, and each row or its absence once', async () => {
    const { ledger, load, reads } = await newLedger();
    await ledger.set({ session: { a: { n: 1 } } });
    reads.length = 0;
    const next = await load();
    await next.get('session', ['a', 'b']);
    await next.get('session', ['a', 'b']);
    expect(reads).toEqual(['creds', 'session#a', 'session#b']);
  });

  it('shares one read among those who ask for a row at a time', async () => {
    const { ledger, reads } = await newLedger();
    reads.length = 0;
    await Promise.all([ledger.get('session', ['a']), ledger.get('session', ['a'])]);
    expect(reads).toEqual(['session#a']);
  });

  it('believes a write rather than a read that began before it', async () => {
    const { ledger, reads } = await newLedger();
    const read = ledger.get('session', ['a']);
    await ledger.set({ session: { a: { n: 1 } } });
    await read;
    expect(await ledger.get('session', ['a'])).toEqual({ a: { n: 1 } });
    expect(reads).toHaveLength(2);
  });

  it('gives out values that nobody can change in the ledger', async () => {
    const { ledger } = await newLedger();
    await ledger.set({ 'sender-key-memory': { g: { a: true } } });
    const { g } = await ledger.get('sender-key-memory', ['g']);
    (g as Record<string, boolean>)['b'] = true;
    expect(await ledger.get('sender-key-memory', ['g'])).toEqual({ g: { a: true } });
  });

  it('forgets what was used least recently when the memory is full, and reads it again once', async () => {
    const { ledger, memory, reads } = await newLedger(2000);
    for (let n = 0; n < 20; n++) await ledger.set({ session: { [`${n}.0`]: { n, text: 'x'.repeat(100) } } });
    expect(memory.bytes).toBeLessThanOrEqual(2000);
    reads.length = 0;
    expect(await ledger.get('session', ['19.0'])).toMatchObject({ '19.0': { n: 19 } });
    expect(reads).toEqual([]);
    for (let again = 0; again < 2; again++)
      expect(await ledger.get('session', ['0.0'])).toMatchObject({ '0.0': { n: 0 } });
    expect(reads).toEqual(['session#0.0']);
  });

  it('keeps what is not durable yet, however full the memory is', async () => {
    const { ledger, memory, reads, held } = await newLedger(300);
    held.hold();
    const step = ledger.set({ session: { a: { n: 1 } } });
    await ledger.get('session', ['b', 'c', 'd']);
    reads.length = 0;
    expect(await ledger.get('session', ['a'])).toEqual({ a: { n: 1 } });
    expect(reads).toEqual([]);
    held.letGo();
    await step;
    await ledger.get('session', ['b', 'c']);
    expect(memory.bytes).toBeLessThanOrEqual(300);
    expect(await ledger.get('session', ['a'])).toEqual({ a: { n: 1 } });
    expect(reads).toContain('session#a');
  });

  it('gives its memory back when it is closed, and answers from the table no more', async () => {
    const { ledger, memory, writes } = await newLedger();
    ledger.saveCredentials({ n: 1 });
    await ledger.set({ 'pre-key': { '1': keyPair(), '2': keyPair() }, session: { a: { n: 1 } } });
    await ledger.get('pre-key', ['1']);
    await ledger.flush();
    expect(writes).not.toEqual([]);
    ledger.close();
    expect(memory.bytes).toBe(0);
    await expect(ledger.get('session', ['a'])).rejects.toThrow(LedgerClosedError);
  });

  it('removes a block of pre-keys of which the last was used', async () => {
    const { ledger, load, rows } = await newLedger();
    await ledger.set({ 'pre-key': { '1': keyPair(), '2': keyPair() } });
    await ledger.set({ 'pre-key': { '3': keyPair() } });
    await ledger.set({ 'pre-key': { '1': null } });
    await ledger.set({ 'pre-key': { '2': null } });
    expect([...rows.keys()]).toEqual(['~pre-key-block#00000003']);
    expect(Object.keys(await (await load()).get('pre-key', ['1', '2', '3']))).toEqual(['3']);
  });

  it('takes a removed row for missing, also in the next process', async () => {
    const { ledger, load, rows } = await newLedger();
    await ledger.set({ session: { a: { n: 1 } } });
    await ledger.set({ session: { a: null } });
    expect(rows.get('session#a')).toHaveLength(0);
    expect(await (await load()).get('session', ['a'])).toEqual({});
  });
});
