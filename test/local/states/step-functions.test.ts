import { afterEach, describe, expect, it } from 'vitest';
import { HOUR, machineArn, one, pass, StatesBench, task } from './states-bench.ts';

let bench = new StatesBench();
afterEach(() => {
  bench.states.close();
  bench = new StatesBench();
});

describe('StepFunctions', () => {
  it('hands the input through when states say nothing', async () => {
    expect(await bench.run(one(pass()), { a: 1 })).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
  });

  it('evaluates Output and Assign with the variables of state entry when both use them', async () => {
    const result = await bench.run({
      StartAt: 'A',
      States: {
        A: pass({ End: undefined, Next: 'B', Assign: { x: 1, y: 'a' } }),
        B: pass({ End: undefined, Next: 'C', Assign: { x: '{% $x + 1 %}', old: '{% $x %}' }, Output: '{% $x %}' }),
        C: pass({ Output: ['{% $x %}', '{% $old %}', '{% $y %}', '{% $states.input %}', 'text'] }),
      },
    });
    expect(result.output).toEqual([2, 1, 'a', 1, 'text']);
  });

  it('finishes six hours of waits in no time when the clock is virtual', async () => {
    const arn = bench.start({
      StartAt: 'Wait',
      States: {
        Wait: { Type: 'Wait', Seconds: 600, Next: 'More', Assign: { n: '{% $exists($n) ? $n + 1 : 1 %}' } },
        More: { Type: 'Choice', Choices: [{ Condition: '{% $n < 36 %}', Next: 'Wait' }], Default: 'Done' },
        Done: { Type: 'Succeed', Output: { waits: '{% $n %}', at: '{% $now() %}' } },
      },
    });
    await bench.advance(6 * HOUR - 1);
    expect(bench.result(arn).status).toBe('RUNNING');
    await bench.advance(1);
    expect(bench.result(arn)).toMatchObject({
      status: 'SUCCEEDED',
      output: { waits: 36, at: '2026-11-20T06:00:00.000Z' },
    });
    expect(bench.states.transitions(arn)).toBe(36 * 2 + 1);
    expect(bench.states.transitions()).toBe(36 * 2 + 1);
  });

  it('keeps waiting when a wait is longer than a timer can be', async () => {
    const arn = bench.start(
      one({ Type: 'Wait', Timestamp: '{% $fromMillis($millis() + 40 * 86400000) %}', End: true }),
    );
    await bench.advance(40 * 86_400_000 - 1);
    expect(bench.result(arn).status).toBe('RUNNING');
    await bench.advance(1);
    expect(bench.result(arn).status).toBe('SUCCEEDED');
  });

  it('takes the first rule that holds when a Choice has several', async () => {
    const definition = {
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 9 %}', Next: 'Big' },
            {
              Condition: '{% $states.input.n > 5 %}',
              Next: 'Out',
              Assign: { size: 'medium' },
              Output: '{% $states.input.n * 2 %}',
            },
          ],
          Default: 'Out',
          Assign: { size: 'small' },
        },
        Big: { Type: 'Fail', Error: 'TooBig', Cause: "{% 'n is ' & $string($states.input.n) %}" },
        Out: pass({ Output: ['{% $size %}', '{% $states.input %}'] }),
      },
    };
    expect((await bench.run(definition, { n: 7 })).output).toEqual(['medium', 14]);
    bench = new StatesBench();
    expect((await bench.run(definition, { n: 1 })).output).toEqual(['small', { n: 1 }]);
    bench = new StatesBench();
    expect(await bench.run(definition, { n: 10 })).toMatchObject({
      status: 'FAILED',
      error: 'TooBig',
      cause: 'n is 10',
    });
  });

  it('fails with NoChoiceMatched when no rule holds and there is no Default', async () => {
    const result = await bench.run({
      StartAt: 'C',
      States: { C: { Type: 'Choice', Choices: [{ Condition: false, Next: 'S' }] }, S: { Type: 'Succeed' } },
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });

  it('calls a task with its arguments and the role of the machine', async () => {
    bench.tasks.answer = () => Promise.resolve({ Payload: { ok: true }, StatusCode: 200 });
    const result = await bench.run(
      one(
        task({
          Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
          Output: '{% $states.result.Payload.ok %}',
        }),
      ),
      { a: 1 },
    );
    expect(result.output).toBe(true);
    expect(bench.tasks.calls).toMatchObject([
      {
        resource: 'arn:aws:states:::lambda:invoke',
        arguments: { FunctionName: 'f', Payload: { a: 1 } },
        accessKeyId: 'KEY',
        state: 'S',
      },
    ]);
  });

  it('shows the context object when an expression asks for it', async () => {
    const result = await bench.run(one(pass({ Output: '{% $states.context %}' })), { a: 1 });
    expect(result.output).toMatchObject({
      Execution: {
        Id: 'arn:aws:states:us-east-1:000000000000:execution:m:e',
        Name: 'e',
        Input: { a: 1 },
        StartTime: '2026-11-20T00:00:00.000Z',
      },
      State: { Name: 'S', RetryCount: 0, EnteredTime: '2026-11-20T00:00:00.000Z' },
      StateMachine: { Id: machineArn('m'), Name: 'm' },
    });
  });

  it('times the execution out when the machine has a TimeoutSeconds', async () => {
    const arn = bench.start({ TimeoutSeconds: 10, ...one({ Type: 'Wait', Seconds: 100, End: true }) });
    await bench.advance(10_000);
    expect(bench.result(arn)).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });

  it('ends an execution after a year when nothing else does', async () => {
    const arn = bench.start(one({ Type: 'Wait', Seconds: 99_999_999, End: true }));
    await bench.advance(365 * 86_400_000);
    expect(bench.result(arn).status).toBe('TIMED_OUT');
  });

  it('fails when the history is full', async () => {
    const arn = bench.start({
      StartAt: 'A',
      States: { A: pass({ End: undefined, Next: 'B' }), B: pass({ End: undefined, Next: 'A' }) },
    });
    const row = await bench.states.ended(arn);
    expect(row).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(row.events).toBeGreaterThanOrEqual(24_999);
    expect(row.events).toBeLessThanOrEqual(25_000);
    const [last] = bench.states.store.events(arn, { id: 25_001, reverse: true, limit: 1 });
    expect(last).toMatchObject({ id: row.events, type: 'ExecutionFailed' });
  });

  it('fails with QueryEvaluationError when an expression has no value', async () => {
    expect(await bench.run(one(pass({ Output: '{% $states.input.nothing %}' })))).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
    });
  });

  it('tells of every state when somebody listens', async () => {
    const heard: string[] = [];
    bench.states.on((event) => heard.push(event.type === 'stateEntered' ? event.state : event.type));
    await bench.run({ StartAt: 'A', States: { A: pass({ End: undefined, Next: 'B' }), B: { Type: 'Succeed' } } });
    expect(heard).toEqual(['executionStarted', 'A', 'B', 'executionEnded']);
  });

  it('writes the history of AWS when a task runs', async () => {
    const arn = bench.start(one(task()));
    await bench.settle();
    expect(bench.history(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });
});
