import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Activity } from '../../../local/clock/activity.ts';
import { childrenOnTime, workersOnTime } from '../../../local/clock/time-hosts.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { WorkerClock } from '../../../local/clock/worker-clock.ts';

const START = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;
const TIMED_WORKER = new URL('./timed-worker.ts', import.meta.url);
const TIMED_CHILD = new URL('./timed-child.ts', import.meta.url);

let activity: Activity;
let clock: VirtualClock;
const workers: Worker[] = [];

beforeEach(() => {
  activity = new Activity();
  clock = new VirtualClock(START, () => activity.idle());
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A worker and what it has answered. */
function sandbox(): { send: (event: object) => void; results: unknown[]; time: WorkerClock } {
  const time = new WorkerClock(clock);
  activity.watch(time);
  const worker = new Worker(TIMED_WORKER, { workerData: { virtualTime: time.memory } });
  workers.push(worker);
  const results: unknown[] = [];
  worker.on('message', (result) => results.push(result));
  const send = (event: object): void => {
    worker.postMessage(event, []);
    time.touch();
  };
  return { send, results, time };
}

describe('WorkerClock', () => {
  it('lets a handler that sleeps for an hour finish when the clock advances by one', async () => {
    const { send, results } = sandbox();
    send({ handler: 'hour' });
    await clock.advance(HOUR - 1);
    expect(results).toEqual([]);
    await clock.advance(1);
    const end = START + HOUR;
    expect(results).toEqual([[START, '2026-11-20T00:00:00.000Z', 0, end, '2026-11-20T01:00:00.000Z', HOUR]]);
  });

  it('stops at every timer of a handler when the clock makes one long move', async () => {
    const { send, results } = sandbox();
    send({ handler: 'nested' });
    await clock.advance(HOUR);
    expect(results).toEqual([
      { at: [START + 1_000, START + 1_000, START + 3_000], ticks: [START + 3_500, START + 4_000, START + 4_500] },
    ]);
  });

  it('waits for a request under way before the clock moves on', async () => {
    const server = createServer((_request, response) => {
      // Real time passes here, as in an emulator that reads a disk.
      setTimeout(() => response.end('late'), 30);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { send, results } = sandbox();
    send({ handler: 'request', address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await clock.advance(HOUR);
    server.close();
    expect(results).toEqual([[200, START, START + 1_000]]);
  });

  it('moves on while a request waits for somebody who answers later in virtual time', async () => {
    const server = createServer((_request, response) => {
      const release = activity.hold();
      clock.after(20_000, () => {
        release();
        response.end('late');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { send, results } = sandbox();
    const other = sandbox();
    send({ handler: 'request', address });
    other.send({ handler: 'request', address });
    other.send({ handler: 'hour' });
    await clock.advance(19_999);
    expect(results).toEqual([]);
    await clock.advance(HOUR);
    server.close();
    expect(results).toEqual([[200, START + 20_000, START + 21_000]]);
    expect(other.results).toHaveLength(2);
  });

  it('fires the timers of a worker that waits for such a request meanwhile', async () => {
    const server = createServer((_request, response) => {
      const release = activity.hold();
      clock.after(20_000, () => {
        release();
        response.end('late');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { send, results } = sandbox();
    send({ handler: 'request', address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    // Many: the clock has to move in one of the few turns in which the worker makes sure that it still only waits.
    send({ handler: 'ticks' });
    await clock.advance(HOUR);
    server.close();
    expect(results).toEqual([1_000, [200, START + 20_000, START + 21_000]]);
  });

  it('moves AbortSignal.timeout and leaves Date what it was', async () => {
    const { send, results } = sandbox();
    send({ handler: 'timeout' });
    await clock.advance(HOUR);
    expect(results).toEqual([[START + 5_000, 'TimeoutError', true, 'string']]);
  });

  it('is busy while its worker starts', async () => {
    const { results } = sandbox();
    const worker = workers.at(-1);
    worker?.once('online', () => results.push('online'));
    await clock.advance(HOUR);
    expect(results).toEqual(['online']);
  });

  it('is not waited for when it is closed', async () => {
    const { time, send } = sandbox();
    send({ handler: 'hour' });
    time.close();
    expect([time.busy(), time.nextDueMs()]).toEqual([false, undefined]);
    await clock.advance(HOUR);
  });
});

describe('workersOnTime', () => {
  it('brings each worker into time by its preload, and makes it busy with every message', async () => {
    const host = workersOnTime(clock, activity);
    const results: unknown[] = [];
    const ends: (() => void)[] = [];
    for (const handler of ['hour', 'timeout']) {
      const { data } = host.preload;
      const worker = new Worker(TIMED_WORKER, { workerData: { virtualTime: data } });
      workers.push(worker);
      ends.push(host.attach(worker));
      worker.on('message', (result: unknown[]) => results.push(result[0]));
      worker.postMessage({ handler }, []);
    }
    await clock.advance(HOUR);
    expect(results).toEqual([START + 5_000, START]);
    for (const end of ends) end();
    expect(clock.untilNext()).toBeUndefined();
  });
});

describe('childrenOnTime', () => {
  it('gives a child process the time, and lets it end', async () => {
    const host = childrenOnTime(clock, activity);
    const child = spawn(process.execPath, ['--import', host.preload, TIMED_CHILD.pathname], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const printed = text(child.stdout as Readable);
    const exited = once(child, 'exit');
    const end = host.attach({ child });
    await clock.advance(HOUR);
    expect(await exited).toEqual([0, null]);
    expect((await printed).split('\n')).toEqual([String(START), String(START + HOUR), '']);
    end();
  });
});

describe('virtual-time-preload', () => {
  it('does nothing when virtual time is off', async () => {
    const preload = new URL('../../../local/clock/virtual-time-preload.ts', import.meta.url).href;
    const script =
      'process.stdout.write(String([Date.name, setTimeout.name, Math.abs(Date.now() - performance.timeOrigin - performance.now()) < 1000]))';
    const child = spawn(process.execPath, ['--import', preload, '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(await text(child.stdout)).toBe('Date,setTimeout,true');
  });
});
