import { afterEach, describe, expect, it } from 'vitest';
import { one, pass, StatesBench, task } from './states-bench.ts';

let bench = new StatesBench();
afterEach(() => {
  bench.states.close();
  bench = new StatesBench();
});

describe('Parallel and Map', () => {
  it('runs branches side by side with scopes of their own when a state is Parallel', async () => {
    const branch = (variable: string, seconds: number): object => ({
      StartAt: `${variable}Wait`,
      States: {
        [`${variable}Wait`]: {
          Type: 'Wait',
          Seconds: seconds,
          Next: `${variable}Out`,
          Assign: { [variable]: '{% $outer + 1 %}' },
        },
        [`${variable}Out`]: pass({ Output: `{% [$${variable}, $exists($a), $exists($b)] %}` }),
      },
    });
    const arn = bench.start({
      StartAt: 'A',
      States: {
        A: pass({ End: undefined, Next: 'P', Assign: { outer: 1 } }),
        P: { Type: 'Parallel', Branches: [branch('a', 20), branch('b', 10)], End: true },
      },
    });
    await bench.advance(20_000);
    expect(bench.result(arn)).toMatchObject({
      status: 'SUCCEEDED',
      output: [
        [2, true, false],
        [2, false, true],
      ],
    });
  });

  it('stops the other branches when one fails', async () => {
    const result = await bench.run({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 10, Next: 'T' }, T: task() } },
            { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Broken' } } },
          ],
          Catch: [{ ErrorEquals: ['Broken'], Next: 'W2' }],
          End: true,
        },
        W2: { Type: 'Wait', Seconds: 60, End: true },
      },
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'Broken' } });
    expect(bench.tasks.calls).toHaveLength(0);
  });

  it('runs at most MaxConcurrency iterations at once when a Map has one', async () => {
    let running = 0;
    let most = 0;
    const done: (() => void)[] = [];
    bench.tasks.answer = (call) => {
      running += 1;
      most = Math.max(most, running);
      return new Promise((resolve) =>
        done.push(() => {
          running -= 1;
          resolve(call.arguments);
        }),
      );
    };
    const arn = bench.start(
      one({
        Type: 'Map',
        Items: '{% $states.input.items %}',
        ItemSelector: { i: '{% $states.context.Map.Item.Index %}', v: '{% $states.context.Map.Item.Value %}' },
        MaxConcurrency: 2,
        ItemProcessor: {
          StartAt: 'T',
          States: { T: task({ Output: '{% $states.result.v * 10 + $states.context.Map.Item.Index %}' }) },
        },
        End: true,
      }),
      { items: [1, 2, 3, 4, 5] },
    );
    for (let i = 0; i < 5; i += 1) {
      await bench.settle();
      done.shift()?.();
    }
    await bench.settle();
    expect(bench.result(arn)).toMatchObject({ status: 'SUCCEEDED', output: [10, 21, 32, 43, 54] });
    expect(most).toBe(2);
  });
});
