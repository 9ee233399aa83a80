import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolder } from '../../local/data-folder.ts';

let parent: string;
let folder: string;
const open = (reset = false): DataFolder => DataFolder.open({ folder, shown: '.pombo', reset });
const run = {
  api: 'http://127.0.0.1:4700',
  apiKey: 'key',
  sandbox: null,
  data: '/d',
  awsEndpoint: 'http://127.0.0.1:1',
  stack: { outputs: {} },
};

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'pombo-data-test-'));
  folder = path.join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('DataFolder', () => {
  it('keeps the key and the announcement to its owner', () => {
    const data = open();
    data.writeApiKey('secret');
    data.announce(run);
    for (const name of ['api-key', 'run.json']) expect(statSync(data.path(name)).mode & 0o777).toBe(0o600);
    expect(data.readApiKey()).toBe('secret');
    data.close();
    expect(existsSync(data.path('run.json'))).toBe(false);
    const again = open();
    expect(again.readApiKey()).toBe('secret');
    again.close();
  });

  it('lets in one Pombo at a time, which it names', () => {
    const data = open();
    data.announce(run);
    expect(() => open()).toThrow('Another Pombo uses the data folder .pombo (http://127.0.0.1:4700). Stop it');
    expect(() => open(true)).toThrow('Another Pombo uses');
    data.close();
    open().close();
  });

  it('is empty after a reset', () => {
    const data = open();
    data.writeApiKey('secret');
    data.close();
    const again = open(true);
    expect(again.readApiKey()).toBeUndefined();
    again.close();
  });

  it.each([
    [0, 'an older Pombo'],
    [99, 'a newer Pombo'],
  ])('refuses a folder of layout %d and says what to do, but takes it with a reset', (layout, whose) => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'layout.json'), JSON.stringify({ layout }));
    expect(() => open()).toThrow(new RegExp(`is of ${whose}.*npm start -- --data .pombo --reset`));
    open(true).close();
    open().close();
  });

  it("never takes, and never empties, somebody else's folder", () => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'thesis.txt'), 'mine');
    expect(() => open(true)).toThrow('.pombo holds other files (thesis.txt)');
    expect(existsSync(path.join(folder, 'thesis.txt'))).toBe(true);
  });

  it.each([
    ['garbage', 'is no JSON'],
    ['an older layout', '{"layout":0}'],
  ])('names the folder in the way out when its layout file holds %s', (_what, text) => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'layout.json'), text);
    expect(() => DataFolder.open({ folder, shown: 'mine', reset: false })).toThrow('npm start -- --data mine --reset');
  });

  it('says in a sentence that a file can not be a data folder', () => {
    writeFileSync(folder, '');
    expect(() => open()).toThrow(/^\.pombo can't be the data folder \(.*\)\. Choose another one/);
  });
});
