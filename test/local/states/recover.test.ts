import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../local/states/json.ts';
import { StatesError } from '../../../local/states/states-error.ts';
import type { TaskCall } from '../../../local/states/task-port.ts';
import { one, pass, START, StatesBench, task } from './states-bench.ts';

let bench = new StatesBench();
afterEach(() => {
  bench.states.close();
  bench = new StatesBench();
});

describe('recover', () => {
  it('retries with backoff, then catches when attempts are used up', async () => {
    const at: number[] = [];
    bench.tasks.answer = () => {
      at.push(bench.clock.now() - START);
      return Promise.reject(new StatesError('Lambda.TooManyRequestsException', 'slow down'));
    };
    const result = await bench.run({
      StartAt: 'S',
      States: {
        S: task({
          Retry: [
            {
              ErrorEquals: ['Lambda.TooManyRequestsException'],
              IntervalSeconds: 2,
              BackoffRate: 3,
              MaxAttempts: 3,
              MaxDelaySeconds: 10,
            },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught', Assign: { why: '{% $states.errorOutput.Error %}' } }],
        }),
        Caught: pass({ Output: ['{% $why %}', '{% $states.input %}'] }),
      },
    });
    expect(at).toEqual([0, 2_000, 8_000, 18_000]);
    expect(result.output).toEqual([
      'Lambda.TooManyRequestsException',
      { Error: 'Lambda.TooManyRequestsException', Cause: 'slow down' },
    ]);
    expect(bench.states.transitions()).toBe(5);
  });

  it('passes the error to the next catcher when a function throws what no retrier names', async () => {
    bench.tasks.answer = () => Promise.reject(new StatesError('RetryLater', '{"waitSeconds":5}'));
    const result = await bench.run({
      StartAt: 'S',
      States: {
        S: task({
          Retry: [{ ErrorEquals: ['Lambda.ServiceException'] }],
          Catch: [
            { ErrorEquals: ['Exhausted'], Next: 'Other' },
            {
              ErrorEquals: ['RetryLater'],
              Next: 'Again',
              Assign: { wait: '{% $parse($states.errorOutput.Cause).waitSeconds %}' },
            },
          ],
        }),
        Other: { Type: 'Fail' },
        Again: pass({ Output: '{% $wait %}' }),
      },
    });
    expect(result.output).toBe(5);
  });

  it('times a task out and ignores its late result when it is slow', async () => {
    let signal: AbortSignal | undefined;
    let finish: (value: Json) => void = () => undefined;
    bench.tasks.answer = (call: TaskCall) => {
      signal = call.signal;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const arn = bench.start(one(task({ TimeoutSeconds: 60 })));
    await bench.advance(59_999);
    expect(bench.result(arn).status).toBe('RUNNING');
    await bench.advance(1);
    finish({ late: true });
    await bench.settle();
    expect(bench.result(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(signal?.aborted).toBe(true);
  });

  it('fails with DataLimitExceeded, which States.ALL does not catch, when a result is over 256 KiB', async () => {
    bench.tasks.answer = () => Promise.resolve('x'.repeat(256 * 1024));
    const result = await bench.run({
      StartAt: 'S',
      States: { S: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S2' }] }), S2: pass() },
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('fails under its name when the port throws something else, even at once', async () => {
    bench.tasks.answer = () => {
      throw new RangeError('odd');
    };
    expect(await bench.run(one(task()))).toMatchObject({ status: 'FAILED', error: 'RangeError', cause: 'odd' });
  });

  it('keeps whole milliseconds when jitter or the clock has fractions', async () => {
    const at: number[] = [];
    bench.states.close();
    bench = new StatesBench(undefined, START + 0.5);
    bench.tasks.answer = () => {
      at.push(bench.clock.now() - START);
      return at.length > 1 ? Promise.resolve(1) : Promise.reject(new StatesError('E'));
    };
    const retry = { ErrorEquals: ['E'], IntervalSeconds: 1, MaxDelaySeconds: 1, JitterStrategy: 'FULL' };
    expect(await bench.run(one(task({ Retry: [retry] })))).toMatchObject({ status: 'SUCCEEDED' });
    expect(at).toEqual([0.5, 500.5]);
  });
});
