import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import type { Activity } from './activity.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { ChildClock, WorkerClock } from './worker-clock.ts';

const PRELOAD = new URL('./virtual-time-preload.ts', import.meta.url).href;

/** How worker threads get into virtual time. */
export interface WorkerTimeHost {
  /** Import `module` first in the worker and call its `install(data)`. Read it anew for each worker. */
  readonly preload: { readonly module: string; readonly data: unknown };
  /** Call it with the worker that got the last `preload`, at once. Returns what to do when the worker has ended. */
  attach(worker: Worker): () => void;
}

/** How child processes get into virtual time. */
export interface ChildTimeHost {
  /** Address to give `--import`, with the time of the start in it; read it anew for each child. */
  readonly preload: string;
  /** Call it at once with the started child, which has an IPC channel. Returns what to do when it has ended. */
  attach(container: { readonly child: ChildProcess }): () => void;
}

/**
 * Puts every worker on the time of `clock`. What is posted to a worker makes it busy for `activity`
 * until it is at rest again, and so does its start.
 */
export function workersOnTime(clock: VirtualClock, activity: Activity): WorkerTimeHost {
  let next: WorkerClock | undefined;
  return {
    get preload() {
      next?.close();
      next = new WorkerClock(clock);
      return { module: PRELOAD, data: next.memory };
    },
    attach(worker) {
      const time = next;
      next = undefined;
      if (!time) throw new Error('A worker was attached to virtual time without a preload of its own.');
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message: unknown, transfer?: Parameters<Worker['postMessage']>[1]) => {
        post(message, transfer);
        time.touch();
      };
      return ending(activity, time);
    },
  };
}

/** Puts every child process on the time of `clock`; see `ChildClock` for what counts as its work. */
export function childrenOnTime(clock: VirtualClock, activity: Activity): ChildTimeHost {
  return {
    get preload() {
      return `${PRELOAD}?start=${clock.now()}`;
    },
    attach: ({ child }) => ending(activity, new ChildClock(clock, child)),
  };
}

function ending(activity: Activity, time: WorkerClock | ChildClock): () => void {
  const off = activity.watch(time);
  return () => {
    off();
    time.close();
  };
}
