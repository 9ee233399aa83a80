import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { synthesize } from '../../bin/pombo.ts';
import type { DeploymentConfig } from '../../lib/config/deployment-config.ts';

export type Properties = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}

const FUNCTIONS = ['sessions', 'webhooks', 'messages', 'health', 'docs', 'deliver', 'retry-delivery', 'dead-commands'];

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

/** @throws what `synthesize` throws */
export async function synthesized(config: Partial<DeploymentConfig> = {}): Promise<Synthesized> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pombo-synth-'));
  try {
    const dist = path.join(folder, 'dist');
    for (const name of FUNCTIONS) {
      mkdirSync(path.join(dist, 'functions', name), { recursive: true });
      writeFileSync(path.join(dist, 'functions', name, 'index.mjs'), `// ${name}`);
    }
    mkdirSync(path.join(dist, 'connector'));
    writeFileSync(path.join(dist, 'connector', 'Dockerfile'), 'FROM scratch');
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
