import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { type Runner, type RunnerOptions, startRunner } from '../../../local/runner.ts';
import { writeSmallStack } from '../runner/small-stack.ts';

let folder: string;
let clock: VirtualClock;
let runner: Runner | undefined;

/** Starts the small stack with some properties of its stage. */
async function start(stage: object, more: Partial<RunnerOptions> = {}): Promise<Runner> {
  const cdkOut = await writeSmallStack(path.join(folder, 'cdk.out'), ({ Stage, ...rest }) => ({
    ...rest,
    Stage: { ...Stage, Properties: { ...Stage.Properties, ...stage } },
  }));
  runner = await startRunner({
    cdkOut,
    dataFolder: path.join(folder, 'data'),
    apiPort: 0,
    clock,
    log: () => {},
    whatsapp: { url: 'ws://127.0.0.1:1/ws/chat' },
    ...more,
  });
  return runner;
}

async function post({ apiUrl }: Runner): Promise<readonly [number, string]> {
  const response = await fetch(`${apiUrl}/later`, { method: 'POST', body: '{}' });
  return [response.status, await response.text()];
}

describe('the gateway of a stack', () => {
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pombo-gateway-'));
    clock = new VirtualClock(Date.parse('2026-11-20T02:30:00Z'));
  });
  afterEach(async () => {
    runner?.killServices();
    await runner?.stop();
    runner = undefined;
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['burst', { ThrottlingBurstLimit: 2 }, 2],
    ['rate and burst', { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 }, 1],
  ])("answers 429 by itself above its stage's %s", async (_what, DefaultRouteSettings, burst) => {
    const running = await start({ DefaultRouteSettings });
    for (let n = 0; n < burst; n++) expect((await post(running))[0]).toBe(202);
    expect(await post(running)).toEqual([429, '{"message":"Too Many Requests"}']);
    await running.advance(1000);
    expect((await post(running))[0]).toBe(202);
  });

  it("answers 503 by itself when the account's concurrency is used up", async () => {
    const running = await start({}, { accountConcurrency: 1 });
    const answers = await Promise.all([post(running), post(running)]);
    expect(answers.toSorted(([a], [b]) => a - b)).toEqual([
      [202, ''],
      [503, '{"message":"Service Unavailable"}'],
    ]);
    expect((await post(running))[0]).toBe(202);
  });

  it('refuses limits of single routes, which it does not run', async () => {
    const starting = start({ RouteSettings: { 'ANY /x': { ThrottlingRateLimit: 1 } } });
    await expect(starting).rejects.toThrow('limits of single routes are not run on one machine');
  });
});
