import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { sharedRoles } from '../../lib/validation/own-roles.ts';
import { runbookGaps } from '../../lib/validation/runbook-articles.ts';
import { changedStatefulResources } from '../../lib/validation/stateful-resources.ts';
import { TemplateSchema } from '../../lib/validation/template.ts';
import { type BundleSize, bundle } from '../bundle.ts';
import { type Gate, runTool } from './gate.ts';

/** Logical ids of everything that holds data; a change here is a decision about customers' data. */
export const STATEFUL_LIST = 'lib/validation/stateful-resources.json';
const RUNBOOK = 'docs/runbook.md';

/** Largest bundle of a function, bytes (design.md section 5: a cold start reads all of it). */
const FUNCTION_BUDGET = 600_000;

/** Functions whose bundle is over the budget, one sentence each. */
export const oversizedFunctions = (sizes: readonly BundleSize[]): readonly string[] =>
  sizes
    .filter(({ file, bytes }) => file.startsWith('functions/') && bytes > FUNCTION_BUDGET)
    .map(({ file, bytes }) => `${file} has ${bytes} bytes, more than ${FUNCTION_BUDGET}`);

/**
 * Bundles, synthesizes with all template rules, looks at the roles, and compares the template with the runbook and with
 * the list of resources that hold data. Works in a folder of its own, so that a running `npm start` keeps its bundles.
 */
export const infrastructureGate: Gate = {
  name: 'infrastructure',
  async run(root) {
    const folder = path.join(root, '.pombo', `check-${process.pid}`);
    try {
      const dist = path.join(folder, 'dist');
      const sizes = await bundle({ root, outdir: dist });
      const outdir = path.join(folder, 'cdk.out');
      const { exitCode, output } = await runTool(path.join(root, 'bin/pombo.ts'), [], {
        cwd: root,
        env: { CDK_OUTDIR: outdir, POMBO_DIST: dist, POMBO_CONFIG: '' },
      });
      if (exitCode !== 0) return [output.trim()];
      const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
      const template = TemplateSchema.parse(JSON.parse(readFileSync(path.join(outdir, 'Pombo.template.json'), 'utf8')));
      const committed = z.record(z.string(), z.string()).parse(JSON.parse(read(STATEFUL_LIST)));
      return [
        ...oversizedFunctions(sizes),
        ...sharedRoles(template),
        ...runbookGaps(template, read(RUNBOOK)).map((gap) => `${RUNBOOK}: ${gap}`),
        ...changedStatefulResources(template, committed).map((change) => `${STATEFUL_LIST}: ${change}`),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
