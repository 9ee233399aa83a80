import { describe, expect, it } from 'vitest';
import { deadCodeGate, formatGate, lintGate, typesGate } from '../../bin/gates/tools.ts';
import { plantedTree } from './planted-tree.ts';

const CLEAN = "import * as z from 'zod';\n\nexport const port = z.int().parse(8080);\nvoid port;\n";
const PACKAGE = JSON.stringify({ name: 'planted', type: 'module', dependencies: { zod: '4.6.7' } });

describe('format gate', () => {
  it('passes what biome would leave alone and fails on a line that it would change', async () => {
    using tree = plantedTree(['biome.json'], { 'core/port.ts': CLEAN });
    expect(await formatGate.run(tree.root)).toEqual([]);
    tree.write('core/port.ts', CLEAN.replace('z.int()', 'z . int()'));
    expect((await formatGate.run(tree.root)).join('\n')).toContain('core/port.ts');
  });
});

describe('lint gate', () => {
  it('fails on a promise that nobody waits for, which takes types to see', async () => {
    using tree = plantedTree(['.oxlintrc.json', 'tsconfig.json'], { 'core/port.ts': CLEAN });
    expect(await lintGate.run(tree.root)).toEqual([]);
    tree.write('core/late.ts', 'const late = async (): Promise<number> => 1;\nlate();\n');
    expect((await lintGate.run(tree.root)).join('\n')).toContain('no-floating-promises');
  });
});

describe('types gate', () => {
  it('fails on a value of the wrong type', async () => {
    using tree = plantedTree(['tsconfig.json'], { 'package.json': PACKAGE, 'core/port.ts': CLEAN });
    expect(await typesGate.run(tree.root)).toEqual([]);
    tree.write('core/port.ts', "export const port: number = '8080';\n");
    expect((await typesGate.run(tree.root)).join('\n')).toContain('TS2322');
  });
});

describe('dead code gate', () => {
  it('fails on a file that nobody imports and on an export that nobody uses', async () => {
    using tree = plantedTree(['tsconfig.json', 'knip.ts'], {
      'package.json': PACKAGE,
      'bin/main.ts': "import { port } from '../core/port.ts';\n\nvoid port;\n",
      'core/port.ts': CLEAN,
    });
    expect(await deadCodeGate.run(tree.root)).toEqual([]);
    tree.write('core/forgotten.ts', 'export const forgotten = 1;\n');
    tree.write('core/port.ts', `${CLEAN}export const unused = 2;\n`);
    const findings = (await deadCodeGate.run(tree.root)).join('\n');
    expect(findings).toContain('core/forgotten.ts');
    expect(findings).toContain('unused');
  });
});
