import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Ends the binary when our end of its stdin closes, which the kernel does however this process dies.
 * If the binary ends first, so does the guard, with the same exit code.
 */
const GUARD = `exec 3<&0 </dev/null
"$@" 3<&- & child=$!
{ cat >/dev/null; kill -9 $child; } <&3 2>/dev/null & watcher=$!
wait $child; code=$?
kill -9 $watcher; exit $code`;

/** Another process may take the free port between its choice and the start of the binary. */
const PORT_ATTEMPTS = 3;
/** It is up in 20 ms on an idle machine. */
const CONNECT_ATTEMPTS = 200;
const CONNECT_PAUSE_MS = 25;
const STDERR_LINES_KEPT = 20;
/** A binary that ends more often than this will not be helped by yet another start. */
const RESTARTS_AT_MOST = 10;

export interface DynamoOptions {
  /** SQLite file that holds all tables; left out, they live in memory. */
  readonly dataFile?: string;
  /** Address of another DynamoDB (DynamoDB Local, say) to use instead. @default `DYNAMODB_ENDPOINT` of the environment */
  readonly endpoint?: string;
  /** Path of the binary. @default the one of the npm package for this platform */
  readonly binary?: string;
  /** Told in a sentence each time the binary ends although nobody asked it to; says whether it is started again. */
  readonly onDeath?: (reason: string) => void;
  /** Hears each line that the binary writes. */
  readonly onLog?: (line: string) => void;
}

export interface Dynamo {
  /** `http://127.0.0.1:<port>`, without signature check: only `DynamoService` should be given to others. */
  readonly endpoint: string;
  /** Process id of the guard around the binary that runs now; undefined with an endpoint of another DynamoDB. */
  readonly pid: number | undefined;
  /** Ends the binary and resolves when it is gone. What was acknowledged is on disk. */
  close(): Promise<void>;
}

/**
 * Starts DynamoDB (Dynoxide) on a free port of 127.0.0.1 and resolves when it answers. A binary that ends is started
 * again on the same port. It ends with this process, also when that is killed.
 * @throws Error with a sentence that says what to do when the binary is missing or does not start
 */
export async function startDynamo(options: DynamoOptions): Promise<Dynamo> {
  const endpoint = options.endpoint ?? process.env['DYNAMODB_ENDPOINT'];
  if (endpoint) return { endpoint, pid: undefined, close: async () => undefined };
  const binary = options.binary ?? findBinary(`${process.platform}-${process.arch}`);
  for (let attempt = 1; ; attempt++) {
    const started = await startOnce(binary, await freePort(), options);
    if (typeof started !== 'string') return keepRunning(binary, started, options);
    if (attempt === PORT_ATTEMPTS || !started.includes('already in use')) {
      throw new Error(`DynamoDB (${binary}) did not start: ${started}`);
    }
  }
}

/**
 * Path of the Dynoxide binary for a platform such as `linux-x64`.
 * @throws Error that names the way out when there is none
 */
export function findBinary(platform: string): string {
  try {
    return createRequire(import.meta.url).resolve(`@dynoxide/${platform}/dynoxide`);
  } catch (cause) {
    const why =
      platform === 'linux-x64'
        ? 'Its npm package @dynoxide/linux-x64 is not installed: run `npm ci` without --omit=optional.'
        : `Its npm package exists for linux-x64, and this machine is ${platform}.`;
    throw new Error(
      `DynamoDB cannot start here. ${why} Or run DynamoDB Local ` +
        '(`docker run -p 8000:8000 amazon/dynamodb-local`, or its JAR with -sharedDb) ' +
        'and set DYNAMODB_ENDPOINT=http://127.0.0.1:8000.',
      { cause },
    );
  }
}

/** Starts the binary again when it ends, until it is closed. */
function keepRunning(binary: string, first: Run, options: DynamoOptions): Dynamo {
  let run: Run | undefined = first;
  let closing = false;
  const supervise = async (): Promise<void> => {
    for (let restarts = 0; run; restarts++) {
      const reason = await run.ended;
      if (closing) return;
      run = undefined;
      const sentence = `DynamoDB (${binary}) ${reason}`;
      if (restarts === RESTARTS_AT_MOST) return options.onDeath?.(`${sentence} It stays down: start Pombo again.`);
      options.onDeath?.(`${sentence} It is started again.`);
      const again = await startOnce(binary, first.port, options);
      if (typeof again === 'string') return options.onDeath?.(`DynamoDB (${binary}) did not start again: ${again}`);
      run = again;
      if (closing) run.end();
    }
  };
  const supervised = supervise();
  return {
    endpoint: `http://127.0.0.1:${first.port}`,
    get pid() {
      return run?.pid;
    },
    async close() {
      closing = true;
      run?.end();
      await supervised;
    },
  };
}

/** The binary from one start to its end. */
interface Run {
  readonly port: number;
  readonly pid: number | undefined;
  /** Resolves with how it ended and what it said last. */
  readonly ended: Promise<string>;
  end(): void;
}

/** One start on one port; a string says why it failed. */
async function startOnce(binary: string, port: number, options: DynamoOptions): Promise<Run | string> {
  const command = [binary, '--host', '127.0.0.1', '--port', String(port)];
  if (options.dataFile) command.push('--db-path', options.dataFile);
  // A process group of its own: Ctrl-C in the terminal goes to the runner, which ends its parts in order.
  const guard = spawn('sh', ['-c', GUARD, 'guard', ...command], { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  const lines: string[] = [];
  const reader = createInterface({ input: guard.stderr });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length > STDERR_LINES_KEPT) lines.shift();
    options.onLog?.(line);
  });
  const exit = exitOf(guard);
  const up = await Promise.race([exit, becomesReachable(port, () => guard.exitCode === null)]);
  if (up !== true) {
    guard.stdin.end();
    await exit;
    return lines.join(' ') || (up === false ? 'it does not answer' : up);
  }
  return {
    port,
    pid: guard.pid,
    ended: exit.then((reason) => `${reason}. ${lines.join(' ')}`.trim()),
    end: () => guard.stdin.end(),
  };
}

function exitOf(guard: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    guard.once('error', (error) => resolve(error.message));
    guard.once('exit', (code, signal) => {
      // Lets the watcher's pipe go, so that nothing outlives the binary.
      guard.stdin?.destroy();
      resolve(`ended with ${signal ?? `code ${code}`}`);
    });
  });
}

/** True once a connection is accepted; false when `wanted` says no or the attempts are used up. */
async function becomesReachable(port: number, wanted: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < CONNECT_ATTEMPTS && wanted(); attempt++) {
    if (await accepts(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
