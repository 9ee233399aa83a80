import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type Gate, runTool, SOURCE_FOLDERS, sourceFiles } from './gate.ts';

/** A file that imports something, whatever the parser makes of it. */
const IMPORT = /^import\b/m;

const ReportSchema = z.object({
  modules: z.array(z.object({ source: z.string(), dependencies: z.array(z.unknown()) })),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/**
 * Who imports whom, by `.dependency-cruiser.mjs`. With a parser that does not understand the sources dependency-cruiser
 * sees nothing and passes, so each of our files, with its imports, has to be among what it has seen.
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
    const dependencies = new Map(modules.map((module) => [module.source, module.dependencies.length]));
    const understood = (file: string): boolean =>
      (dependencies.get(file) ?? -1) >= (IMPORT.test(readFileSync(path.join(root, file), 'utf8')) ? 1 : 0);
    return [
      ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
      ...sourceFiles(root, folders)
        .filter((file) => !understood(file))
        .map((file) => `dependency-cruiser has not seen ${file} or what it imports`),
    ];
  },
};
