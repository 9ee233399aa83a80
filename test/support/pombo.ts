import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const ReadySchema = z.object({ api: z.url(), apiKey: z.string(), sandbox: z.url(), data: z.string() });
type Ready = z.infer<typeof ReadySchema>;

/** What `npm start -- --json` runs, started as a user would start it. */
export interface Pombo extends Ready {
  /** One call with the API key; the body is sent as JSON. */
  call(method: string, route: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Ctrl-C. Resolves with the exit code. */
  stop(): Promise<number | null>;
  /** kill -9 of the runner; its parts go with it. */
  kill(): Promise<void>;
  /** kill -9 of the runner and all its descendants at once. Resolves with how many there were. */
  killEverything(): Promise<number>;
  /** Everything printed to stderr so far. */
  log(): string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The value at a path inside parsed JSON; undefined where the path ends early. */
export function at(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined | null)?.[key],
    json,
  );
}

/** A new data folder below the system's temporary folder. */
export const newDataFolder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'pombo-e2e-'));
export const removeDataFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Starts Pombo on free ports. @param options.args further options of `npm start` */
export async function startPombo(options: {
  data: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
}): Promise<Pombo> {
  const args = ['local/main.ts', '--json', '--port', '0', '--data', options.data, ...(options.args ?? [])];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ready = await firstLine(child, () => log);
  return {
    ...ready,
    call: (method, route, body, headers) => call(ready, { method, route, body, headers }),
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async killEverything() {
      const family = descendantsOf(child.pid ?? 0);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      for (const pid of family) killHard(pid);
      await gone;
      return family.length + 1;
    },
    log: () => log,
  };
}

function descendantsOf(pid: number): readonly number[] {
  const table = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid];
  for (const member of family) for (const [child = 0, parent] of table) if (parent === member) family.push(child);
  return family.slice(1);
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // What ties it to the runner was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function firstLine(child: ChildProcess, log: () => string): Promise<Ready> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    once(child, 'exit').then(([code]) => {
      throw new Error(`Pombo ended with ${code} before it was ready:\n${log()}`);
    }),
  ]);
  return ReadySchema.parse(JSON.parse(line));
}

interface Request {
  readonly method: string;
  readonly route: string;
  readonly body: unknown;
  readonly headers: Record<string, string> | undefined;
}

async function call(ready: Ready, { method, route, body, headers }: Request): Promise<Answer> {
  const response = await fetch(`${ready.api}${route}`, {
    method,
    headers: {
      authorization: `Bearer ${ready.apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: json ? JSON.parse(text) : text,
  };
}

/** Asks again until `done` holds. For state that has no event to await, such as a session's status. */
export async function until(
  pombo: Pombo,
  route: string,
  done: (body: unknown) => boolean,
  timeoutMs = 20_000,
): Promise<unknown> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { body } = await pombo.call('GET', route);
    if (done(body)) return body;
    if (performance.now() > deadline) throw new Error(`${route} never got there; last: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
