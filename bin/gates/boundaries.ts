import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type Gate, runTool, SOURCE_FOLDERS, sourceFiles } from './gate.ts';

const ReportSchema = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/**
 * Who imports whom, by `.dependency-cruiser.mjs`. With a parser that does not understand the sources dependency-cruiser
 * sees nothing and passes, so each of our files has to be among those that it has seen.
 */
export const boundariesGate: Gate = {
  name: 'boundaries',
  async run(root) {
    const folders = SOURCE_FOLDERS.filter((folder) => existsSync(path.join(root, folder)));
    const { stdout, output } = await runTool(
      'dependency-cruiser/bin/dependency-cruiser.mjs',
      ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders],
      { cwd: root },
    );
    // It warns of TypeScript 7 after the report; the report itself is one JSON document.
    const end = stdout.lastIndexOf('}');
    if (end < 0) return [output.trim() || 'dependency-cruiser said nothing'];
    const { modules, summary } = ReportSchema.parse(JSON.parse(stdout.slice(0, end + 1)));
    const seen = new Set(modules.map(({ source }) => source));
    return [
      ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
      ...sourceFiles(root, folders)
        .filter((file) => !seen.has(file))
        .map((file) => `dependency-cruiser has not seen ${file}`),
    ];
  },
};
