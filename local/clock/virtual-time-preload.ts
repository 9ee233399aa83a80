import { isMainThread, workerData } from 'node:worker_threads';
import { replaceTimeGlobals } from './virtual-time-globals.ts';
import {
  isTimeMessage,
  type RestMessage,
  START_PARAMETER,
  TimeMemory,
  WORKER_DATA_KEY,
} from './virtual-time-protocol.ts';
import { VirtualTimers } from './virtual-timers.ts';

/**
 * Puts this thread or process into virtual time. Load it before the code that shall live there:
 * - in a worker, `install(memory)` before anything else, or the memory as `workerData.virtualTime`;
 * - in a child process with an IPC channel, `--import <this file>?start=<milliseconds>`.
 * Loaded without either it does nothing.
 */

/** Taken before they are replaced: what watches the virtual time must not wait in it. */
const real = { setImmediate, setTimeout, setInterval, clearInterval };

/** Turns without work after which a thread is at rest. */
const QUIET_TURNS = 3;

/** Pause between looks while something real is under way, milliseconds. */
const LOOK_AGAIN_MS = 1;

/** Turns of 1 ms that a child process must stay quiet: its sockets are always open, so they say nothing. */
const QUIET_CHILD_LOOKS = 5;

/** Resources that are there without work being under way. */
const IDLE_RESOURCES: ReadonlySet<string> = new Set([
  'MessagePort',
  'Timeout',
  'Immediate',
  'TTYWrap',
  'PipeWrap',
  'TCPServerWrap',
  'SignalWrap',
]);

/** Connections that a long-lived process keeps open, such as web sockets and long polls. */
const CONNECTIONS: ReadonlySet<string> = new Set(['TCPSocketWrap', 'TLSWrap']);

const startsAt = new URL(import.meta.url).searchParams.get(START_PARAMETER);
if (!isMainThread) install((workerData as Record<string, unknown> | null)?.[WORKER_DATA_KEY]);
else if (startsAt !== null && process.send) liveInChild(Number(startsAt));

/** Puts a worker on the time in `memory`, which a `WorkerClock` keeps; anything else is ignored. */
export function install(memory: unknown): void {
  if (memory instanceof SharedArrayBuffer) liveInWorker(new TimeMemory(memory));
}

function liveInWorker(time: TimeMemory): void {
  const timers = virtualTimers(
    () => time.nowMs,
    (dueMs) => {
      time.nextDueMs = dueMs;
    },
  );
  replaceTimeGlobals({ now: () => time.nowMs, monotonic: () => time.nowMs - time.startMs, timers });
  void followWorkerTime(time, timers);
}

async function followWorkerTime(time: TimeMemory, timers: VirtualTimers): Promise<never> {
  for (;;) {
    const news = Atomics.load(time.counters, TimeMemory.NEWS);
    if (news === Atomics.load(time.counters, TimeMemory.DONE)) {
      const wait = Atomics.waitAsync(time.counters, TimeMemory.NEWS, news);
      if (wait.async) await wait.value;
      continue;
    }
    timers.pump();
    if (await atRest(time, news, timers)) Atomics.store(time.counters, TimeMemory.DONE, news);
  }
}

/**
 * Looks until no timer is due and nothing real was under way for some turns. Where open requests are all that is, it says so.
 * @returns false if there is newer news before that
 */
async function atRest({ counters }: TimeMemory, news: number, timers: VirtualTimers): Promise<boolean> {
  let waitedFor = 0;
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    await new Promise<void>((resolve) => void real.setImmediate(resolve));
    // The time may have moved while this thread waited for requests: then timers are due that only the caller fires.
    if (Atomics.load(counters, TimeMemory.NEWS) !== news) return false;
    const requests = timers.due ? undefined : openRequests();
    if (requests === undefined || requests !== waitedFor) {
      Atomics.store(counters, TimeMemory.WAITING, news - 1);
      quiet = 0;
      waitedFor = requests ?? 0;
      if (!timers.due) await pause();
    } else quiet += 1;
    if (quiet < QUIET_TURNS || waitedFor === 0) continue;
    Atomics.store(counters, TimeMemory.REQUESTS, waitedFor);
    Atomics.store(counters, TimeMemory.WAITING, news);
    await pause();
    quiet = 0;
  }
  return true;
}

/** @returns how many connections wait for an answer; undefined if anything else is under way too */
function openRequests(): number | undefined {
  const working = process.getActiveResourcesInfo().filter((kind) => !IDLE_RESOURCES.has(kind));
  return working.every((kind) => CONNECTIONS.has(kind)) ? working.length : undefined;
}

function pause(): Promise<void> {
  return new Promise((resolve) => void real.setTimeout(resolve, LOOK_AGAIN_MS));
}

function liveInChild(startMs: number): void {
  let nowMs = startMs;
  let nextDueMs: number | undefined;
  let done = 0;
  let newest = 0;
  const report = (): void => {
    const message: RestMessage = { type: 'pombo:rest', nextDueMs: nextDueMs ?? null, done };
    if (process.connected) process.send?.(message);
  };
  const timers = virtualTimers(
    () => nowMs,
    (dueMs) => {
      nextDueMs = dueMs;
      report();
    },
  );
  replaceTimeGlobals({ now: () => nowMs, monotonic: () => nowMs - startMs, timers });
  process.on('message', (message) => {
    if (!isTimeMessage(message)) return;
    nowMs = Math.max(nowMs, message.nowMs);
    newest = message.news;
    timers.pump();
    void childAtRest(timers).then(() => {
      if (message.news !== newest) return;
      done = message.news;
      report();
    });
  });
  // The channel alone must not keep a process alive that has ended its work.
  process.channel?.unref();
}

async function childAtRest(timers: VirtualTimers): Promise<void> {
  for (let quiet = 0; quiet < QUIET_CHILD_LOOKS; ) {
    await pause();
    const busy = process.getActiveResourcesInfo().some((kind) => !IDLE_RESOURCES.has(kind) && !CONNECTIONS.has(kind));
    quiet = timers.due || busy ? 0 : quiet + 1;
  }
}

/** Timers that keep the process alive while one of them would. */
function virtualTimers(now: () => number, onNextDue: (dueMs: number | undefined) => void): VirtualTimers {
  let alive: NodeJS.Timeout | undefined;
  return new VirtualTimers({
    now,
    onNextDue,
    soon: (step) => void real.setImmediate(step),
    onKeepAlive(wanted) {
      if (wanted) alive ??= real.setInterval(() => undefined, 2 ** 31 - 1);
      else if (alive !== undefined) {
        real.clearInterval(alive);
        alive = undefined;
      }
    },
  });
}
