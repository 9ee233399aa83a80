import process from 'node:process';
import { systemClock } from '#core/domain/clock.ts';
import { LOG_LEVELS, type LogLevel } from './logs/log-line.ts';
import { parseOptions, type StartOptions, USAGE } from './options.ts';
import { StartFailure } from './start-failure.ts';
import { isDefaultDataFolder, type Pombo, startPombo } from './start-pombo.ts';
import { banner, FIRST_SESSION_ID } from './terminal/banner.ts';
import { writeError, writeLine } from './terminal/line.ts';
import { showPairing } from './terminal/live-pairing.ts';
import { logPrinter } from './terminal/log-printer.ts';

/** `npm start`: the whole Pombo on this machine. */
const NODE_MAJOR = 24;
const EXIT_INTERRUPTED = 130;

function logLevel(): LogLevel {
  const wanted = (process.env['LOG_LEVEL'] ?? 'info').toLowerCase();
  const level = LOG_LEVELS.find((candidate) => candidate === wanted);
  if (!level) throw new StartFailure(`LOG_LEVEL is ${wanted}; choose one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

/** Where nobody asked for less, the parts say each hop of a message, and the file of `npm run pombo -- trace` keeps it. */
const spokenLevel = (shown: LogLevel): LogLevel => (process.env['LOG_LEVEL'] === undefined ? 'debug' : shown);

async function main(): Promise<void> {
  const startedMs = systemClock.monotonic();
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR)
    throw new StartFailure(
      `Pombo needs Node ${NODE_MAJOR}; this is ${process.version}. Use npm start, which brings its own.`,
    );
  const options = parseOptions(process.argv.slice(2));
  if (!options) return writeLine(USAGE);
  const level = logLevel();
  // With --json stdout is for one line that a program reads.
  const write = options.json ? writeError : writeLine;
  const stream = options.json ? process.stderr : process.stdout;
  const color = stream.hasColors?.() ?? false;
  const log = logPrinter({ level, now: () => systemClock.now(), write, color });
  const ending = endOnSignals(write);
  const pombo = await startPombo({ ...options, log, logLevel: spokenLevel(level) });
  ending.stopWith(pombo);
  void pombo.broken.then((sentence) => ending.fail(sentence));
  if (options.json) writeLine(JSON.stringify(summary(pombo)));
  else write(banner({ ...facts(options, pombo), readyAfterMs: systemClock.monotonic() - startedMs, color }));
  if (options.whatsapp !== 'sandbox') await pairByCamera(pombo, write, ending.signal);
}

async function pairByCamera(
  { run, operator }: Pombo,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const createSession = (): Promise<unknown> =>
    fetch(`${run.api}/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${run.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id: FIRST_SESSION_ID, name: 'Loja' }),
    });
  const sessions = () => operator.sessions();
  await showPairing({ sessions, createSession, clock: systemClock, write, signal }).catch((error: unknown) => {
    // Looking while everything stops fails in many ways.
    if (!signal.aborted) throw error;
  });
}

const summary = ({ run: { api, apiKey, sandbox, data } }: Pombo): object => ({ api, apiKey, sandbox, data });

function facts(options: StartOptions, { run }: Pombo) {
  const { whatsapp } = options;
  return {
    api: run.api,
    apiKey: run.apiKey,
    sandbox: run.sandbox,
    data: options.dataFolderShown,
    ownDataFolder: !isDefaultDataFolder(options.dataFolder),
    whatsapp:
      whatsapp instanceof URL
        ? whatsapp.href
        : whatsapp === 'live'
          ? 'the real one'
          : `simulated, phones at ${run.sandbox}`,
  };
}

interface Ending {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  stopWith(pombo: Pombo): void;
  /** Stops because a part has ended. */
  fail(sentence: string): void;
}

/** The first Ctrl-C stops in order, the second at once. */
function endOnSignals(write: (line: string) => void): Ending {
  const stopping = new AbortController();
  let pombo: Pombo | undefined;
  const end = async (code: number): Promise<void> => {
    stopping.abort();
    await pombo?.stop();
    process.exit(code);
  };
  const onSignal = (): void => {
    if (stopping.signal.aborted || !pombo) {
      pombo?.kill();
      process.exit(EXIT_INTERRUPTED);
    }
    write('Stopping: sessions go offline, what is in hand is finished. Ctrl-C again ends at once.');
    end(0).catch(fail);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // Whoever read the logs has gone; that is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    signal: stopping.signal,
    stopWith(started) {
      pombo = started;
    },
    fail(sentence) {
      if (stopping.signal.aborted) return;
      writeError(sentence);
      end(1).catch(fail);
    },
  };
}

/** Failures that say what to do stand alone; a defect of ours shows its stack. */
function fail(error: unknown): never {
  const isDefect = error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error);
  writeError(isDefect ? `Pombo failed: ${error instanceof Error ? error.stack : String(error)}` : error.message);
  if (!isDefect && process.env['LOG_LEVEL'] === 'debug') writeError(error.stack ?? '');
  process.exit(1);
}

main().catch(fail);
