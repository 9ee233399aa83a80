import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApiGate } from '../../bin/gates/open-api.ts';
import { plantedTree } from './planted-tree.ts';

const DOCUMENT = 'docs/openapi.json';

describe('OpenAPI gate', () => {
  it('passes the committed document and fails on one that says something else', async () => {
    using tree = plantedTree(['bin', 'core', 'package.json', DOCUMENT]);
    expect(await openApiGate.run(tree.root)).toEqual([]);
    const committed = readFileSync(path.join(tree.root, DOCUMENT), 'utf8');
    tree.write(DOCUMENT, committed.replace('"Pombo"', '"Pomba"'));
    expect(await openApiGate.run(tree.root)).toEqual([expect.stringContaining('npm run openapi')]);
  });
});
