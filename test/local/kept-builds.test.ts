import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptBuild } from '../../local/kept-builds.ts';

let folder: string;
let made: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-kept-'));
  made = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const build = (fingerprint: string, keep = 2): Promise<string> =>
  keptBuild({ name: 'things', keep, folder }, fingerprint, async (into) => {
    made.push(fingerprint);
    writeFileSync(path.join(into, 'thing'), fingerprint);
  });

describe('a kept build', () => {
  it('is made once', async () => {
    const first = await build('aa');
    expect(await build('aa')).toBe(first);
    expect(made).toEqual(['aa']);
    expect(readFileSync(path.join(first, 'thing'), 'utf8')).toBe('aa');
  });

  it('is one of two that are made at the same time', async () => {
    const [first, second] = await Promise.all([build('aa'), build('aa')]);
    expect(first).toBe(second);
    expect(made).toEqual(['aa', 'aa']);
    expect(readdirSync(path.dirname(first))).toEqual(['aa']);
  });

  it('is not kept when it could not be made', async () => {
    const fails = keptBuild({ name: 'things', keep: 2, folder }, 'aa', async (into) => {
      writeFileSync(path.join(into, 'half'), '');
      throw new Error('no');
    });
    await expect(fails).rejects.toThrow('no');
    expect(readdirSync(path.join(folder, 'pombo-things'))).toEqual([]);
    await build('aa');
    expect(made).toEqual(['aa']);
  });

  it('takes away what a killed process left half made, and leaves what is being made', async () => {
    const kept = path.join(folder, 'pombo-things');
    // No process has the highest number that there is.
    for (const pid of [2 ** 22 + 1, process.pid]) mkdirSync(path.join(kept, `new-${pid}-x`), { recursive: true });
    await build('aa');
    expect(readdirSync(kept).toSorted()).toEqual(['aa', `new-${process.pid}-x`]);
  });

  it('goes when newer ones are enough', async () => {
    const first = await build('aa');
    utimesSync(first, 1, 1);
    const second = await build('bb');
    utimesSync(second, 2, 2);
    await build('cc');
    expect([existsSync(first), existsSync(second)]).toEqual([false, true]);
  });
});
