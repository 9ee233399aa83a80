import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { SessionUidSchema } from '#core/domain/ids.ts';
import { AuthLedger } from '../../../connector/auth-state/auth-ledger.ts';
import { LedgerMemory, type Resident } from '../../../connector/auth-state/ledger-memory.ts';
import { sessionRecord } from './synthetic-rows.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const heapBytes = async (): Promise<number> => {
  for (let again = 0; again < 3; again++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const LIMIT = 100;
const STEPS = ['add', 'touch', 'remove', 'hold', 'release'] as const;

/** What the memory should hold: residents that may go in the order of their last use, and those that are held. */
class Model {
  readonly memory = new LedgerMemory(LIMIT);
  readonly all = new Map<string, Resident>();
  #used: string[] = [];

  step(what: (typeof STEPS)[number], name: string, bytes: number): void {
    const known = this.all.get(name);
    const isHeld = known !== undefined && !this.#used.includes(name);
    if ((what === 'add' || what === 'hold') !== (known === undefined)) return;
    if ((what === 'touch' && isHeld) || (what === 'release' && !isHeld)) return;
    const resident = known ?? { bytes, forget: () => this.#forget(name) };
    this.all.set(name, resident);
    if (what === 'remove') this.all.delete(name);
    this.#used = this.#used.filter((each) => each !== name);
    if (what === 'add' || what === 'touch' || what === 'release') this.#used.push(name);
    this.memory[what](resident);
  }

  get allHeld(): boolean {
    return this.#used.length === 0;
  }

  #forget(name: string): void {
    expect(this.#used.shift()).toBe(name);
    this.all.delete(name);
  }
}

describe('LedgerMemory', () => {
  it('counts what is there, keeps the bound, and forgets the least recently used first', () => {
    const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat(9), fc.nat(40));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        for (const [what, n, bytes] of steps) {
          model.step(what, String(n), bytes);
          const left = [...model.all.values()];
          expect(model.memory.bytes).toBe(left.reduce((sum, resident) => sum + resident.bytes, 0));
          if (model.memory.bytes > LIMIT) expect(model.allHeld).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['session', () => sessionRecord(3)],
    ['lid-mapping', () => randomBytes(7).toString('hex')],
    ['identity-key', () => randomBytes(33)],
    ['device-list', () => ['0', '1', '12']],
    ['missing', () => undefined],
  ])('estimates rows of the kind %s within 30 %% of what they take of the heap', async (type, make) => {
    const memory = new LedgerMemory(Number.MAX_SAFE_INTEGER);
    const table = { get: async () => undefined, getMany: async () => new Map(), put: async () => undefined };
    const sessionUid = SessionUidSchema.parse('a'.repeat(24));
    const ledger = await AuthLedger.load({ table: table as never, memory, sessionUid, clock: systemClock });
    const before = await heapBytes();
    const estimatedBefore = memory.bytes;
    const value = make();
    for (let n = 0; n < 12_000; n++) {
      const id = `${100_000_000_000 + n}.0`;
      if (value === undefined) await ledger.get(type, [id]);
      else await ledger.set({ [type]: { [id]: make() } });
    }
    const real = (await heapBytes()) - before;
    const estimated = memory.bytes - estimatedBefore;
    process.stderr.write(
      `${type}: ${Math.round(real / 12_000)} bytes a row, estimated ${Math.round(estimated / 12_000)}\n`,
    );
    expect(estimated / real).toBeGreaterThan(0.7);
    expect(estimated / real).toBeLessThan(1.3);
    ledger.close();
    expect(memory.bytes).toBe(estimatedBefore);
  });
});
