import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTurn } from '../../../connector/whatsapp/address-turns.ts';

/** libsignal's own queue, as its ciphers use it. */
const queueJob = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))(
  'libsignal/src/queue_job.js',
) as <T>(bucket: string, job: () => Promise<T>) => Promise<T>;

const ADDRESS = '900_1.0';
/** As Baileys finds the transaction that a ratchet step belongs to. */
const transaction = new AsyncLocalStorage<string>();

async function found(): Promise<string | undefined> {
  await nextTurn();
  return transaction.getStore();
}

describe('two of our numbers at work with one device', () => {
  it('find the transaction of the other in libsignal’s queue, left to themselves', async () => {
    const job = (name: string) => transaction.run(name, () => queueJob(ADDRESS, found));
    expect(await Promise.all([job('one'), job('two')])).toEqual(['one', 'one']);
  });

  it('find their own when they take turns, and go on after one that failed', async () => {
    const job = (name: string) => transaction.run(name, () => inTurn(ADDRESS, () => queueJob(ADDRESS, found)));
    const fails = inTurn(ADDRESS, () => queueJob(ADDRESS, () => Promise.reject(new Error('no session'))));
    const [failed, ...others] = await Promise.allSettled([fails, job('one'), job('two')]);
    expect(failed.status).toBe('rejected');
    expect(others.map((other) => other.status === 'fulfilled' && other.value)).toEqual(['one', 'two']);
  });
});
