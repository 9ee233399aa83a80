import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../local/options.ts';

describe('parseOptions', () => {
  it('has defaults', () => {
    expect(parseOptions([])).toEqual({
      port: 4700,
      dataFolder: path.resolve('.pombo'),
      dataFolderShown: '.pombo',
      reset: false,
      apiKey: undefined,
      json: false,
      whatsapp: 'sandbox',
    });
  });

  it('reads every option', () => {
    const args = ['--port', '0', '--data', '/x/y', '--reset', '--api-key', 'secret-key', '--json', '--live'];
    expect(parseOptions(args)).toMatchObject({
      port: 0,
      dataFolder: '/x/y',
      reset: true,
      apiKey: 'secret-key',
      json: true,
      whatsapp: 'live',
    });
  });

  it.each(['wss://wa.example/ws', 'ws://127.0.0.1:1/x', 'ws://localhost:1', 'ws://[::1]:9/'])(
    'accepts the server %s',
    (url) => {
      expect(parseOptions(['--whatsapp', url])?.whatsapp).toEqual(new URL(url));
    },
  );

  it('takes the concurrency of an account', () => {
    expect(parseOptions(['--account-concurrency', '10'])?.accountConcurrency).toBe(10);
  });

  it('takes a number of tasks and a file of secrets', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pombo-options-'));
    const file = path.join(folder, 'secrets.json');
    try {
      writeFileSync(file, '{"A":"user:password"}');
      expect(parseOptions(['--tasks', '2', '--secrets', file])).toMatchObject({
        tasks: 2,
        secrets: { A: 'user:password' },
      });
      writeFileSync(file, '{"A":{"user":"password"}}');
      const refused = () => parseOptions(['--secrets', file]);
      expect(refused).toThrow('which is no JSON object of texts');
      expect(refused).not.toThrow('password');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives help instead of options', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--port', '70000'], '--port 70000 is not a port'],
    [['--port', 'x'], 'not a port'],
    [['--port', '-1'], '--port'],
    [['--api-key', 'short'], '8 to 128'],
    [['--whatsapp', 'ws://wa.example'], 'unencrypted'],
    [['--whatsapp', 'ws://127.0.0.1.evil.example'], 'unencrypted'],
    [['--whatsapp', 'http://127.0.0.1'], 'wss://'],
    [['--whatsapp', 'nonsense'], 'wss://'],
    [['--live', '--whatsapp', 'wss://a.b'], 'exclude each other'],
    [['--account-concurrency', '0'], '10 as in a new AWS account'],
    [['--account-concurrency', 'ten'], 'concurrent executions'],
    [['--tasks', '0'], 'choose one from 1 to 99'],
    [['--secrets', '/nowhere/secrets.json'], 'does not exist'],
    [['--nope'], 'Usage: npm start'],
    [['stray'], 'Usage: npm start'],
  ])('refuses %j with a sentence', (args, sentence) => {
    expect(() => parseOptions(args)).toThrow(sentence);
  });

  it('refuses an empty data folder, which would be the working directory', () => {
    expect(() => parseOptions(['--data', ''])).toThrow('--data names no folder');
  });
});
