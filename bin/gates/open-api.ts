import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Gate, runTool } from './gate.ts';

/** The committed OpenAPI document is the one that the schemas make. */
export const openApiGate: Gate = {
  name: 'OpenAPI',
  async run(root) {
    const generator = path.join(root, 'bin/openapi.ts');
    if (!existsSync(generator)) return [];
    const { exitCode, output } = await runTool(generator, ['--check'], { cwd: root });
    return exitCode === 0 ? [] : [output.trim() || 'docs/openapi.json is stale: npm run openapi'];
  },
};
