import { afterEach, describe, expect, it } from 'vitest';
import { one, StatesBench, task } from './states-bench.ts';

let bench = new StatesBench();
afterEach(() => {
  bench.states.close();
  bench = new StatesBench();
});

const waiting = (more: object = {}): object =>
  one(
    task({
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      Arguments: { MessageBody: '{% $states.context.Task.Token %}' },
      ...more,
    }),
  );

const token = (): string => bench.tasks.calls.at(-1)?.token ?? '';

describe('a task that waits for its token', () => {
  it('ends with the answer, however late, when it has no timeout', async () => {
    const arn = bench.start(waiting());
    await bench.advance(100 * 86_400_000);
    expect(bench.tasks.calls[0]?.arguments).toEqual({ MessageBody: token() });
    expect(bench.states.answerTask(token(), { ok: true, output: { done: 1 } })).toBe(true);
    await bench.settle();
    expect(bench.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: { done: 1 } });
    expect(bench.states.answerTask(token(), { ok: true, output: 2 })).toBe(false);
  });

  it('takes the answer when it comes before the call has returned', async () => {
    bench.tasks.answer = (call) => {
      bench.states.answerTask(call.token ?? '', { ok: true, output: 'early' });
      return Promise.resolve({});
    };
    const arn = bench.start(waiting());
    await bench.settle();
    expect(bench.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: 'early' });
  });

  it('fails with the error that was sent', async () => {
    const arn = bench.start(waiting());
    await bench.settle();
    bench.states.answerTask(token(), { ok: false, error: 'No', cause: 'because' });
    await bench.settle();
    expect(bench.result(arn)).toMatchObject({ status: 'FAILED', error: 'No', cause: 'because' });
  });

  it('times out when the answer does not come', async () => {
    const arn = bench.start(waiting({ TimeoutSeconds: 30 }));
    await bench.advance(30_000);
    expect(bench.result(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(bench.states.answerTask(token(), { ok: true, output: 1 })).toBe(false);
  });

  it('lives on while heartbeats come, and fails when they stop', async () => {
    const arn = bench.start(waiting({ HeartbeatSeconds: 30 }));
    for (let i = 0; i < 5; i += 1) {
      await bench.advance(29_000);
      expect(bench.states.heartbeatTask(token())).toBe(true);
    }
    expect(bench.result(arn).status).toBe('RUNNING');
    await bench.advance(30_000);
    expect(bench.result(arn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
  });

  it('waits on with the same token when the process died, without calling again', async () => {
    const arn = bench.start(waiting());
    await bench.settle();
    const given = token();
    bench.crash();
    bench.define(waiting());
    bench.states.resume();
    await bench.settle();
    expect(bench.tasks.calls).toHaveLength(1);
    bench.states.answerTask(given, { ok: true, output: 'after' });
    await bench.settle();
    expect(bench.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: 'after' });
  });
});
