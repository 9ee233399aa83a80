import '../../../local/clock/virtual-time-preload.ts';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';

/** A sandbox as the runner's: takes events one by one and answers what the handler returns. */
const handlers: Record<string, (event: { address?: string }) => Promise<unknown>> = {
  async hour() {
    const before = [Date.now(), new Date().toISOString(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    return [...before, Date.now(), new Date().toISOString(), performance.now()];
  },
  async nested() {
    const at: number[] = [];
    for (const delay of [1_000, 0, 2_000]) {
      await sleep(delay);
      at.push(Date.now());
    }
    const ticks: number[] = [];
    await new Promise<void>((resolve) => {
      const interval = setInterval(() => {
        ticks.push(Date.now());
        if (ticks.length < 3) return;
        clearInterval(interval);
        resolve();
      }, 500);
    });
    return { at, ticks };
  },
  async request({ address = '' }) {
    const status = await new Promise((resolve, reject) => {
      get(address, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      }).once('error', reject);
    });
    const at = Date.now();
    await sleep(1_000);
    return [status, at, Date.now()];
  },
  async ticks() {
    let count = 0;
    for (; count < 1_000; count++) await sleep(15);
    return count;
  },
  async timeout() {
    const signal = AbortSignal.timeout(5_000);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return [Date.now(), (signal.reason as Error).name, new Date(0) instanceof Date, typeof Date()];
  },
};

parentPort?.on('message', (event: { handler: string; address?: string }) => {
  void handlers[event.handler]?.(event).then((result) => parentPort?.postMessage(result, []));
});
