import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { App } from 'aws-cdk-lib';
import { functionNames } from '../../bin/bundle.ts';
import { synthesize } from '../../bin/pombo.ts';
import { type DeploymentConfig, parseDeploymentConfig } from '../../lib/config/deployment-config.ts';
import { PomboStack } from '../../lib/pombo-stack.ts';

export type Properties = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}

/** What the app makes of a configuration, around bundles that are empty. */
export interface Synthesized {
  readonly template: { readonly Resources: Readonly<Record<string, Resource>>; readonly Outputs: object };
  /** Properties of all resources of a type, by logical id. */
  ofType(type: string): ReadonlyMap<string, Properties>;
  /** Properties of the one resource of a type whose logical id begins so. @throws Error if there is none or more than one */
  only(type: string, idPrefix?: string): Properties;
}

function viewOf(template: Synthesized['template']): Synthesized {
  const ofType = (type: string): ReadonlyMap<string, Properties> =>
    new Map(
      Object.entries(template.Resources)
        .filter(([, { Type }]) => Type === type)
        .map(([id, resource]) => [id, resource.Properties]),
    );
  return {
    template,
    ofType,
    only(type, idPrefix = '') {
      const [found, ...others] = [...ofType(type)].filter(([id]) => id.startsWith(idPrefix));
      if (!found || others.length > 0) throw new Error(`${found ? 'more than one' : 'no'} ${type} ${idPrefix}`);
      return found[1];
    },
  };
}

// The rules have their own test; they would be most of the time of these.
process.env['CDK_VALIDATION'] = 'false';

function emptyBundles(folder: string): string {
  const dist = path.join(folder, 'dist');
  for (const name of functionNames(process.cwd())) {
    mkdirSync(path.join(dist, 'functions', name), { recursive: true });
    writeFileSync(path.join(dist, 'functions', name, 'index.mjs'), `// ${name}`);
  }
  mkdirSync(path.join(dist, 'connector'));
  writeFileSync(path.join(dist, 'connector', 'Dockerfile'), 'FROM scratch');
  return dist;
}

/** The constructs of a configuration, for what looks at them and not at the template. */
export function stackOf(config: Partial<DeploymentConfig> = {}): PomboStack {
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-synth-'));
  try {
    const context = (JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }).context;
    const app = new App({ context, outdir: path.join(folder, 'cdk.out') });
    const release = { config: parseDeploymentConfig(config), version: '0.0.0', dist: emptyBundles(folder) };
    return new PomboStack(app, 'Pombo', { release });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws what `synthesize` throws */
export async function synthesized(config: Partial<DeploymentConfig> = {}): Promise<Synthesized> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-synth-'));
  try {
    const dist = emptyBundles(folder);
    const outdir = path.join(folder, 'cdk.out');
    await synthesize({ outdir, dist, config });
    const template = JSON.parse(
      readFileSync(path.join(outdir, 'Pombo.template.json'), 'utf8'),
    ) as Synthesized['template'];
    return viewOf(template);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A logical id without the hash that the CDK adds, so that lists are readable. */
export const shortId = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');
