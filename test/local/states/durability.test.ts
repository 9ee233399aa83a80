import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { StatesError } from '../../../local/states/states-error.ts';
import { HOUR, machineArn, one, pass, START, StatesBench, task } from './states-bench.ts';

let bench = new StatesBench();
afterEach(() => {
  bench.states.close();
  bench = new StatesBench();
});

describe('durability', () => {
  it('ends a wait at the time it was set for when the process died meanwhile', async () => {
    const definition = one({ Type: 'Wait', Seconds: 3600, End: true });
    const arn = bench.start(definition);
    await bench.advance(HOUR / 2);
    bench.crash();
    await bench.advance(HOUR / 4);
    bench.define(definition);
    bench.states.resume();
    await bench.advance(HOUR / 4 - 1);
    expect(bench.result(arn).status).toBe('RUNNING');
    await bench.advance(1);
    expect(bench.result(arn).status).toBe('SUCCEEDED');
  });

  it('runs a task again when its result was not durable, with the variables it had', async () => {
    const definition = {
      StartAt: 'A',
      States: {
        A: pass({ End: undefined, Next: 'S', Assign: { x: 7 } }),
        S: task({ Arguments: '{% $x %}' }),
      },
    };
    bench.tasks.answer = () => new Promise(() => undefined);
    const arn = bench.start(definition);
    await bench.settle();
    bench.crash();
    bench.tasks.answer = (call) => Promise.resolve(call.arguments);
    bench.define(definition);
    bench.states.resume();
    await bench.settle();
    expect(bench.tasks.calls.map((call) => call.arguments)).toEqual([7, 7]);
    expect(bench.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: 7 });
  });

  it('neither forgives nor repeats a retry when the process died between two attempts', async () => {
    const definition = one(
      task({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 2 }] }),
    );
    bench.tasks.answer = () => Promise.reject(new StatesError('Busy'));
    const arn = bench.start(definition);
    await bench.advance(150_000);
    expect(bench.tasks.calls).toHaveLength(2);
    bench.crash();
    bench.define(definition);
    bench.states.resume();
    await bench.advance(49_999);
    expect(bench.tasks.calls).toHaveLength(2);
    await bench.advance(1);
    expect(bench.tasks.calls).toHaveLength(3);
    expect(bench.result(arn)).toMatchObject({ status: 'FAILED', error: 'Busy' });
  });

  it('keeps the iterations that are done when the process died inside a Map', async () => {
    const definition = one({
      Type: 'Map',
      Items: '{% [$states.input.from, $uuid()] %}',
      ItemProcessor: {
        StartAt: 'W',
        States: { W: { Type: 'Wait', Seconds: '{% $states.context.Map.Item.Index * 100 %}', Next: 'T' }, T: task() },
      },
      End: true,
    });
    const arn = bench.start(definition, { from: 'a' });
    await bench.advance(50_000);
    expect(bench.tasks.calls).toHaveLength(1);
    bench.crash();
    bench.define(definition);
    bench.states.resume();
    await bench.advance(50_000);
    const result = bench.result(arn);
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: ['a', expect.any(String)] });
    expect(bench.tasks.calls.map((call) => call.arguments)).toEqual(result.output);
  });

  it('works on the items it had when the process died before it came to all of them', async () => {
    const definition = one({
      Type: 'Map',
      Items: '{% [$millis(), $millis()] %}',
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 100, End: true } } },
      End: true,
    });
    const arn = bench.start(definition);
    await bench.advance(50_000);
    bench.crash();
    bench.define(definition);
    bench.states.resume();
    await bench.advance(150_000);
    expect(bench.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: [START, START] });
  });

  it('goes on with the definition it started with when the machine was changed', async () => {
    const arn = bench.start({
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 10, Next: 'Old' }, Old: pass({ Output: 'old' }) },
    });
    await bench.settle();
    bench.crash();
    bench.define(one(pass({ Output: 'new' })));
    bench.states.resume();
    await bench.advance(10_000);
    expect(bench.result(arn).output).toBe('old');
  });

  it('fails an execution, and no other, when its definition does not run any more', async () => {
    const arn = bench.start(one({ Type: 'Wait', Seconds: 10, End: true }));
    await bench.settle();
    bench.crash();
    bench.database.exec(`UPDATE sfn_definitions SET body = '{}'`);
    bench.define(one(pass({ Output: 'new' })));
    bench.states.resume();
    expect(bench.result(arn)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('aborts executions when their machine is gone', async () => {
    const arn = bench.start(one({ Type: 'Wait', Seconds: 10, End: true }));
    await bench.settle();
    bench.crash();
    bench.states.resume();
    expect(bench.result(arn).status).toBe('ABORTED');
  });

  it('writes nothing more when it was closed', async () => {
    let finish: () => void = () => undefined;
    bench.tasks.answer = () =>
      new Promise((resolve) => {
        finish = () => resolve('late');
      });
    const arn = bench.start(one(task()));
    await bench.settle();
    bench.states.close();
    finish();
    await bench.settle();
    expect(bench.result(arn).status).toBe('RUNNING');
    expect(bench.history(arn).at(-1)).toBe('TaskStarted');
  });

  it('goes on after kill -9', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pombo-states-'));
    try {
      const file = join(folder, 'states.db');
      const script = new URL('crashing-process.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const after = new StatesBench(new DatabaseSync(file), Date.now());
      const arn = 'arn:aws:states:us-east-1:000000000000:execution:m:killed';
      const { definition } = after.states.store.execution(arn)
        ? await import('./crashing-machine.ts')
        : { definition: {} };
      after.define(definition);
      after.states.resume();
      await after.advance(HOUR);
      expect(after.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: ['first', 'first'] });
      expect(after.tasks.calls.map((call) => call.state)).toEqual(['Second']);
      expect(after.states.machine(machineArn('m')).name).toBe('m');
      after.states.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
