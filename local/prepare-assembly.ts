import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import * as z from 'zod';
import { bundle } from '../bin/bundle.ts';
import { type BuildKind, keptBuild } from './kept-builds.ts';
import { StartFailure } from './start-failure.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
/** What bundles and template are made of. */
const SOURCES = ['functions', 'connector', 'core', 'lib', 'bin', 'cdk.json', 'package.json', 'package-lock.json'];
/** Beside the assembly: fingerprint of what it was made from. */
const FINGERPRINT_FILE = 'made-from';
/** One for each set of deployment options that is used in turn, 28 MB each. */
const ASSEMBLIES: BuildKind = { name: 'assemblies', keep: 8 };
/** Those of the sources as they are, and as they were before a change that is tried out. */
const BUNDLES: BuildKind = { name: 'bundles', keep: 3 };

export interface AssemblyOptions {
  /** Folder for the cloud assembly. */
  readonly outdir: string;
  /** Deployment options that this machine needs, on top of the project's own. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Told before the work begins, when there is any. */
  readonly onWork: () => void;
}

/**
 * Bundles functions and connector and synthesizes the stack, unless that was done for the same sources and options before. The synthesis runs in a process of its own: the CDK would leave 300 MB here.
 * @throws StartFailure when a source does not compile or the stack does not synthesize
 */
export async function prepareAssembly({ outdir, config, onWork }: AssemblyOptions): Promise<void> {
  const fingerprint = fingerprintOf(config);
  const stamp = path.join(outdir, FINGERPRINT_FILE);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  const assembly = await keptBuild(ASSEMBLIES, fingerprint, async (folder) => {
    onWork();
    const dist = await keptBuild(BUNDLES, fingerprintOf(), compile);
    await synthesize({ outdir: folder, dist, config });
  });
  rmSync(outdir, { recursive: true, force: true });
  cpSync(assembly, outdir, { recursive: true });
  writeFileSync(stamp, fingerprint);
}

async function compile(dist: string): Promise<void> {
  try {
    await bundle({ outdir: dist });
  } catch (cause) {
    throw new StartFailure(`The sources do not bundle. ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

interface Synthesis {
  readonly outdir: string;
  readonly dist: string;
  readonly config: Readonly<Record<string, unknown>>;
}

async function synthesize({ outdir, dist, config }: Synthesis): Promise<void> {
  const configFile = `${outdir}.config.json`;
  writeFileSync(configFile, JSON.stringify({ ...ownConfig(), ...config }));
  const child = spawn(process.execPath, [path.join(ROOT, 'bin', 'pombo.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    // The template's rules are checked by `npm run check` and each `cdk synth`; here they would cost a second a start.
    env: { ...process.env, CDK_OUTDIR: outdir, POMBO_DIST: dist, POMBO_CONFIG: configFile, CDK_VALIDATION: 'false' },
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  rmSync(configFile, { force: true });
  if (code !== 0)
    throw new StartFailure(`The stack does not synthesize.\n${Buffer.concat(said).toString('utf8').trim()}`);
}

/** The operator's own deployment options, which `POMBO_CONFIG` names. */
function ownConfig(): Record<string, unknown> {
  const file = process.env['POMBO_CONFIG'];
  if (file === undefined || file === '') return {};
  if (!existsSync(file)) throw new StartFailure(`POMBO_CONFIG names ${file}, which does not exist.`);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new StartFailure(`POMBO_CONFIG names ${file}, which holds no JSON object.`, { cause });
  }
}

/** Names, sizes and times of all sources: a hash of their content would take longer than it saves. @param config @default the sources alone */
function fingerprintOf(config?: Readonly<Record<string, unknown>>): string {
  const hash = createHash('sha256').update(process.versions.node);
  if (config) hash.update(JSON.stringify([config, ownConfig()]));
  for (const source of SOURCES) {
    const absolute = path.join(ROOT, source);
    const files = statSync(absolute).isDirectory()
      ? readdirSync(absolute, { recursive: true, encoding: 'utf8' }).map((name) => path.join(absolute, name))
      : [absolute];
    for (const file of files.toSorted()) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}
