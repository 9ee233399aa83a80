import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle, functionNames } from '../../bin/bundle.ts';
import { plantedTree } from '../architecture/planted-tree.ts';

/** Two functions and a connector; `ws` and `qrcode` are CommonJS, `sharp` is not in the image. */
const TREE = {
  'package.json': JSON.stringify({ type: 'module', imports: { '#core/*': './core/*' } }),
  'core/greeting.ts': "export const greeting = 'bom dia';\n",
  'functions/hello/handler.ts':
    "import QRCode from 'qrcode';\nimport { greeting } from '#core/greeting.ts';\n\nexport const handler = async () => [greeting, typeof QRCode.toString];\n",
  'functions/hello/assets/page.html': '<p>bom dia</p>',
  'functions/hello/assets.json': '["core/notice.txt"]',
  'core/notice.txt': 'notice',
  'functions/bye/handler.ts': 'export const handler = async () => ({});\n',
  'functions/shared/nothing.ts': 'export {};\n',
  'connector/main.ts': "export const picture = () => import('sharp');\n",
  'connector/healthcheck.mjs': '// health',
  'connector/Dockerfile': 'FROM scratch',
};

describe('bundle', () => {
  it('makes one module per function that runs where there is no node_modules', async () => {
    using tree = plantedTree([], TREE);
    using elsewhere = mkdtempDisposableSync(path.join(tmpdir(), 'pombo-bundle-'));
    const sizes = await bundle({ root: tree.root, outdir: path.join(elsewhere.path, 'dist') });
    expect(sizes.map(({ file }) => file).toSorted()).toEqual([
      'connector/main.mjs',
      'functions/bye/index.mjs',
      'functions/hello/index.mjs',
    ]);
    const run = `const { handler } = await import(process.argv[1]); console.log(JSON.stringify(await handler()));`;
    const file = path.join(elsewhere.path, 'dist/functions/hello/index.mjs');
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', run, file], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual(['bom dia', 'function']);
  });

  it('has functions take their credentials from the environment, and leaves the connector every way', async () => {
    using tree = plantedTree([], {
      ...TREE,
      'functions/hello/handler.ts':
        "import { SQSClient } from '@aws-sdk/client-sqs';\nexport const handler = () => new SQSClient({ region: 'us-east-1' }).config.credentials();\n",
      'connector/main.ts':
        "import { SQSClient } from '@aws-sdk/client-sqs';\nexport const client = new SQSClient({});\n",
    });
    using elsewhere = mkdtempDisposableSync(path.join(tmpdir(), 'pombo-bundle-'));
    await bundle({ root: tree.root, outdir: elsewhere.path });
    const file = path.join(elsewhere.path, 'functions/hello/index.mjs');
    const run = `const { handler } = await import(process.argv[1]); console.log(JSON.stringify(await handler()));`;
    const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', run, file], { encoding: 'utf8', env });
    expect(JSON.parse(said)).toMatchObject({ accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' });
    const container = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
    expect(readFileSync(file, 'utf8')).not.toContain(container);
    expect(readFileSync(path.join(elsewhere.path, 'connector/main.mjs'), 'utf8')).toContain(container);
  });

  it('copies what a function serves and what the image needs, and leaves native peers out', async () => {
    using tree = plantedTree([], TREE);
    await bundle({ root: tree.root });
    const dist = path.join(tree.root, 'dist');
    expect(readdirSync(path.join(dist, 'functions/hello/assets')).toSorted()).toEqual(['notice.txt', 'page.html']);
    expect(readdirSync(path.join(dist, 'connector')).toSorted()).toEqual([
      'Dockerfile',
      'healthcheck.mjs',
      'main.mjs',
      'main.mjs.map',
    ]);
    expect(readFileSync(path.join(dist, 'connector/main.mjs'), 'utf8')).toMatch(/import\(["']sharp["']\)/);
  });

  it('forgets what an earlier bundle of the same function left', async () => {
    using tree = plantedTree([], { ...TREE, 'dist/functions/hello/stale.mjs': '' });
    await bundle({ root: tree.root });
    expect(existsSync(path.join(tree.root, 'dist/functions/hello/stale.mjs'))).toBe(false);
  });

  it('refuses when a file of the image is missing', async () => {
    const { 'connector/healthcheck.mjs': _missing, ...others } = TREE;
    using tree = plantedTree([], others);
    await expect(bundle({ root: tree.root })).rejects.toThrow('healthcheck.mjs');
  });
});

describe('functionNames', () => {
  it('finds folders with a handler', () => {
    using tree = plantedTree([], TREE);
    expect(functionNames(tree.root)).toEqual(['bye', 'hello']);
  });
});
