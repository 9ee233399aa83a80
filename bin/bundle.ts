import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Native or optional peers of Baileys that are not in the image: nothing of ours may need them. */
const NOT_IN_THE_IMAGE = ['sharp', 'jimp', 'link-preview-js', 'audio-decode'];

/** CommonJS dependencies call require(), which an ES module does not have. */
const REQUIRE_BANNER =
  "import { createRequire as pomboCreateRequire } from 'node:module'; const require = pomboCreateRequire(import.meta.url);";

/** What the image holds besides the bundle. */
const CONNECTOR_FILES = ['Dockerfile', 'healthcheck.mjs'];

export interface BundleOptions {
  /** Folder that holds functions/ and connector/; @default the repository */
  readonly root?: string;
  /** @default dist beside them */
  readonly outdir?: string;
}

/** Size of one bundle without its source map. */
export interface BundleSize {
  /** Relative to the output folder: `functions/sessions/index.mjs`. */
  readonly file: string;
  readonly bytes: number;
}

/** Names of the functions: each folder of functions/ with a handler.ts. */
export function functionNames(root: string): string[] {
  const folder = path.join(root, 'functions');
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'handler.ts')))
    .toSorted();
}

/**
 * Lambda hands a function its credentials in variables, where the SDK looks first. What else it would ask (files, SSO, other roles,
 * metadata of instances) is a sixth of each bundle.
 */
const LAMBDA_CREDENTIALS: Plugin = {
  name: 'lambda-credentials',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path: module }) => ({
      path: module,
      namespace: 'lambda-credentials',
    }));
    esbuild.onLoad({ filter: /.*/, namespace: 'lambda-credentials' }, () => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: ROOT,
    }));
  },
};

/**
 * Bundles every function to `dist/functions/<name>/index.mjs` and the connector to `dist/connector/`.
 * @returns the size of each bundle
 * @throws esbuild's BuildFailure, or an error naming a file of the image that is missing
 */
export async function bundle({
  root = ROOT,
  outdir = path.join(root, 'dist'),
}: BundleOptions = {}): Promise<BundleSize[]> {
  const names = functionNames(root);
  for (const name of names) rmSync(path.join(outdir, 'functions', name), { recursive: true, force: true });
  rmSync(path.join(outdir, 'connector'), { recursive: true, force: true });
  const functions = names.map((name) => ({ in: `functions/${name}/handler.ts`, out: `functions/${name}/index` }));
  const results = await Promise.all([
    build({ ...optionsOf(root, outdir), entryPoints: functions, plugins: [LAMBDA_CREDENTIALS] }),
    build({ ...optionsOf(root, outdir), entryPoints: [{ in: 'connector/main.ts', out: 'connector/main' }] }),
  ]);
  for (const name of names) copyAssets(path.join(root, 'functions', name), path.join(outdir, 'functions', name), root);
  mkdirSync(path.join(outdir, 'connector'), { recursive: true });
  for (const file of CONNECTOR_FILES) {
    cpSync(path.join(root, 'connector', file), path.join(outdir, 'connector', file));
  }
  return results
    .flatMap(({ metafile }) => Object.entries(metafile.outputs))
    .filter(([file]) => file.endsWith('.mjs'))
    .map(([file, { bytes }]) => ({ file: path.relative(outdir, path.join(root, file)), bytes }));
}

const optionsOf = (root: string, outdir: string) =>
  ({
    absWorkingDir: root,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: NOT_IN_THE_IMAGE,
    banner: { js: REQUIRE_BANNER },
    minify: true,
    // Node prints the line that threw: of a minified file that would be the whole program, in a log that is billed by the byte.
    lineLimit: 160,
    sourcemap: true,
    // Names and lines are all that a stack trace needs; the text of the sources would triple what a cold start loads.
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  }) satisfies BuildOptions;

/**
 * Files that a function serves as they are: those in its folder `assets`, and those from elsewhere in the repository that its
 * `assets.json` names.
 */
function copyAssets(from: string, to: string, root: string): void {
  const assets = path.join(from, 'assets');
  if (existsSync(assets)) cpSync(assets, path.join(to, 'assets'), { recursive: true });
  const list = path.join(from, 'assets.json');
  if (!existsSync(list)) return;
  for (const file of JSON.parse(readFileSync(list, 'utf8')) as string[]) {
    cpSync(path.join(root, file), path.join(to, 'assets', path.basename(file)));
  }
}

if (import.meta.main) {
  for (const { file, bytes } of await bundle())
    console.log(`${String(Math.ceil(bytes / 1024)).padStart(6)} KB  ${file}`);
}
