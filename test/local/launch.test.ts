import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LAUNCH = path.resolve(import.meta.dirname, '../../local/launch.mjs');

/** Fails as npm does when another one empties the folder meanwhile. */
const NPM = `import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
mkdirSync('installing');
appendFileSync('installs', 'x');
await setTimeout(300);
mkdirSync('node_modules', { recursive: true });
writeFileSync('node_modules/.package-lock.json', '{"packages":{}}');
rmSync('installing', { recursive: true });`;

describe('launch', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'launch-'));
    mkdirSync(path.join(root, 'local'));
    copyFileSync(LAUNCH, path.join(root, 'local/launch.mjs'));
    writeFileSync(path.join(root, 'package-lock.json'), '{"packages":{"":{}}}');
    writeFileSync(path.join(root, 'npm.mjs'), NPM);
    writeFileSync(path.join(root, 'hello.ts'), "console.log('hello');");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const launch = () =>
    promisify(execFile)(process.execPath, [path.join(root, 'local/launch.mjs'), 'run', 'hello.ts'], {
      env: { ...process.env, npm_execpath: path.join(root, 'npm.mjs') },
    });

  it('installs once when two commands are started in a fresh clone', async () => {
    const both = await Promise.all([launch(), launch()]);
    expect(both.map(({ stdout }) => stdout)).toEqual(['hello\n', 'hello\n']);
    expect(readFileSync(path.join(root, 'installs'), 'utf8')).toBe('x');
  });

  it('installs nothing when everything is there', async () => {
    await launch();
    expect((await launch()).stderr).toBe('');
    expect(readFileSync(path.join(root, 'installs'), 'utf8')).toBe('x');
  });
});
