import type { AuthTable } from '../../../connector/auth-state/auth-table.ts';

/** A table that notes the order of its writes and fails on demand. */
export function memoryTable() {
  const rows = new Map<string, Uint8Array>();
  const writes: string[] = [];
  const reads: string[] = [];
  let held = Promise.resolve();
  let letGo = (): void => undefined;
  const failures: Error[] = [];
  const fail = (): void => {
    const error = failures.shift();
    if (error) throw error;
  };
  const inRange = (name: string, range: Parameters<AuthTable['list']>[1]): boolean =>
    'below' in range ? name < range.below : name.startsWith(range.prefix);
  const table: AuthTable = {
    async get(_uid, name) {
      reads.push(name);
      return rows.get(name);
    },
    async getMany(_uid, names) {
      reads.push(...names);
      return new Map(names.flatMap((name) => [...rows].filter(([other]) => other === name)));
    },
    list: async (_uid, range) =>
      [...rows].filter(([name]) => inRange(name, range)).map(([name, value]) => ({ name, value })),
    names: async (_uid, range) => [...rows.keys()].filter((name) => inRange(name, range)),
    async put(_uid, { name, value }) {
      fail();
      await held;
      writes.push(`${value.length === 0 ? 'bury' : 'put'} ${name}`);
      rows.set(name, value);
    },
    async remove(_uid, name) {
      fail();
      writes.push(`remove ${name}`);
      rows.delete(name);
    },
  };
  return {
    table,
    rows,
    reads,
    writes,
    failures,
    /** Writes wait until they are let go. */
    held: {
      hold: () => void (held = new Promise((resolve) => (letGo = resolve))),
      letGo: () => letGo(),
    },
  };
}
