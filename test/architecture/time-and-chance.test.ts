import { describe, expect, it } from 'vitest';
import { EXEMPT, timeAndChanceGate } from '../../bin/gates/time-and-chance.ts';
import { plantedTree, ROOT } from './planted-tree.ts';

/** Files with an exemption that use it, so that the gate has only the planted fault to find. */
const exempted = Object.fromEntries(Object.keys(EXEMPT).map((file) => [file, 'Date.now();\n']));

describe('time and chance gate', () => {
  it('passes what is committed', async () => {
    expect(await timeAndChanceGate.run(ROOT)).toEqual([]);
  });

  it('passes clocks and dice that are passed in, dates made of a time, and words in comments', async () => {
    using tree = plantedTree([], {
      ...exempted,
      'core/x.ts': [
        '/** Never Date.now(). */',
        '// nor setTimeout(',
        'const date = new Date(clock.now()); // not new Date()',
        'clock.setTimeout(1); random(); stub.Date();',
      ].join('\n'),
      'functions/x.ts': "import { systemClock as clock } from '#core/domain/clock.ts';\n",
      'bin/x.ts': 'performance.now();\n',
    });
    expect(await timeAndChanceGate.run(tree.root)).toEqual([]);
  });

  it.each([
    ['core/domain/x.ts', 'const nowMs = Date.now();'],
    ['functions/x.ts', 'const date = new Date();'],
    ['functions/x.ts', 'const text = Date();'],
    ['connector/x.ts', 'setTimeout(retry, 1000);'],
    ['connector/x.mjs', 'setInterval(beat, 1000);'],
    ['local/x.ts', 'const startedMs = performance.now();'],
    ['local/x.ts', 'const [s] = process.hrtime();'],
    ['local/x.ts', "import { setTimeout as pause } from 'node:timers/promises';"],
    ['local/x.ts', 'const signal = AbortSignal.timeout(1000);'],
    ['local/x.ts', 'const jitter = random ?? Math.random;'],
    ['local/x.ts', 'startQueue({ clock: systemClock });'],
  ])('finds in %s: %s', async (file, line) => {
    using tree = plantedTree([], { ...exempted, [file]: `\n${line}\n` });
    expect(await timeAndChanceGate.run(tree.root)).toEqual([expect.stringContaining(`${file}:2: `)]);
  });

  it('finds an exemption that nobody needs', async () => {
    using tree = plantedTree([], { ...exempted, 'local/main.ts': 'export {};\n' });
    expect(await timeAndChanceGate.run(tree.root)).toEqual([expect.stringMatching(/^local\/main\.ts: needs no/)]);
  });
});
