import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Template, TemplateSchema } from '../../lib/validation/template.ts';
import { type BundleSize, bundle } from '../bundle.ts';
import { runTool } from './gate.ts';

/** The stack as the default configuration makes it. */
export interface Synthesis {
  readonly template: Template;
  /** The template with everything that our checks do not look at. */
  readonly whole: unknown;
  readonly sizes: readonly BundleSize[];
}

/** A stack that does not synthesize; the message is what the CDK and its rules said. */
export class SynthesisFailed extends Error {
  override readonly name = 'SynthesisFailed';
}

/**
 * Bundles, and synthesizes the defaults with all template rules. Works in a folder of its own, so that a running `npm start`
 * keeps its bundles, and in a process of its own, because the CDK keeps some 300 MB.
 * @throws SynthesisFailed, or what esbuild throws
 */
export async function synthesis(root: string): Promise<Synthesis> {
  const folder = path.join(root, '.pombo', `check-${process.pid}`);
  try {
    const dist = path.join(folder, 'dist');
    const sizes = await bundle({ root, outdir: dist });
    const outdir = path.join(folder, 'cdk.out');
    const { exitCode, output } = await runTool(path.join(root, 'bin/pombo.ts'), [], {
      cwd: root,
      env: { CDK_OUTDIR: outdir, POMBO_DIST: dist, POMBO_CONFIG: '' },
    });
    if (exitCode !== 0) throw new SynthesisFailed(output.trim());
    const text = readFileSync(path.join(outdir, 'Pombo.template.json'), 'utf8');
    const whole: unknown = JSON.parse(text);
    return { template: TemplateSchema.parse(whole), whole, sizes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
