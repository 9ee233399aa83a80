import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** `npm start` as a program reads it; the first start of a data folder bundles and synthesizes, the others do not. */
const MAIN = path.resolve(import.meta.dirname, '../../local/main.ts');
/** Bundling and synthesis on a busy machine. */
const START_LIMIT_MS = 60_000;

interface Ready {
  readonly api: string;
  readonly apiKey: string;
  readonly sandbox: string;
  readonly data: string;
}

let data: string;
const children = new Set<ChildProcess>();

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, '--data', data, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  return child;
}

async function ready(child: ChildProcess): Promise<Ready> {
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return JSON.parse(line) as Ready;
}

/** Exit code and what was said on stderr. */
async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

/** Processes of this machine whose command names the data folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(folder));
}

beforeAll(() => {
  data = path.join(mkdtempSync(path.join(tmpdir(), 'pombo-main-test-')), 'data');
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});
afterAll(() => rmSync(path.dirname(data), { recursive: true, force: true }));

describe('npm start', () => {
  it('says in one line where it is, takes requests at once and stops cleanly with SIGINT', {
    timeout: START_LIMIT_MS,
  }, async () => {
    const child = start('--json', '--port', '0', '--api-key', 'a-key-of-my-own');
    const { api, apiKey, sandbox, data: folder } = await ready(child);
    expect([apiKey, folder]).toEqual(['a-key-of-my-own', data]);
    expect(await (await fetch(`${api}/health?deep=1`, { headers: { 'x-api-key': apiKey } })).json()).toMatchObject({
      status: 'ok',
    });
    const made = await fetch(`${api}/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: '{"id":"100200300"}',
    });
    expect(made.status).toBe(201);
    const run = JSON.parse(readFileSync(path.join(data, 'run.json'), 'utf8')) as object;
    expect(run).toMatchObject({
      api,
      apiKey,
      sandbox,
      awsEndpoint: expect.stringContaining('http://127.0.0.1:') as string,
    });
    child.kill('SIGINT');
    expect((await ended(child)).code).toBe(0);
    expect(existsSync(path.join(data, 'run.json'))).toBe(false);
    expect(processesOf(data)).toEqual([]);
  });

  it('keeps sessions and the key over a kill, which leaves no process behind', {
    timeout: START_LIMIT_MS,
  }, async () => {
    const first = start('--json', '--port', '0');
    const before = await ready(first);
    first.kill('SIGKILL');
    await once(first, 'close');
    for (let look = 0; look < 500 && processesOf(data).length > 0; look++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(processesOf(data)).toEqual([]);
    const second = start('--json', '--port', '0');
    const after = await ready(second);
    expect(after.apiKey).toBe(before.apiKey);
    const { data: sessions } = (await (
      await fetch(`${after.api}/sessions`, { headers: { 'x-api-key': after.apiKey } })
    ).json()) as {
      data: { id: string }[];
    };
    expect(sessions.map(({ id }) => id)).toEqual(['100200300']);
    const { code, said } = await ended(start('--json', '--port', '0'));
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^Another Pombo uses the data folder .* \(http:\/\/127/) as string,
    ]);
    second.kill('SIGTERM');
    expect((await ended(second)).code).toBe(0);
  });

  it('says what to do when the port is in use, without a stack', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { code, said } = await ended(start('--port', String(port)));
    server.close();
    expect(code).toBe(1);
    expect(said).toBe(
      `Port ${port} is in use by another program. Stop that, or choose another port: npm start -- --port ${port + 1} (or --port 0 for any free one).\n`,
    );
  });
});
