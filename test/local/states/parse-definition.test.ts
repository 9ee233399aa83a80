import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../local/states/parse-definition.ts';
import { one, pass, task } from './states-bench.ts';

const text = (definition: object): string => JSON.stringify({ QueryLanguage: 'JSONata', ...definition });

const accepted: Record<string, object> = {
  'a pass': one(pass({ Output: { a: '{% $states.input %}' } })),
  'a task with everything': {
    StartAt: 'T',
    States: {
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: 'f', Payload: { token: '{% $states.context.Task.Token %}' } },
        TimeoutSeconds: '{% $states.input.seconds %}',
        HeartbeatSeconds: 5,
        Assign: { x: '{% $states.result %}' },
        Retry: [
          {
            ErrorEquals: ['States.TaskFailed'],
            IntervalSeconds: 1,
            MaxAttempts: 2,
            BackoffRate: 1.5,
            MaxDelaySeconds: 9,
            JitterStrategy: 'FULL',
          },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'F', Output: '{% $states.errorOutput %}' }],
        Next: 'F',
      },
      F: { Type: 'Fail', Error: '{% $x %}', Cause: 'so' },
    },
  },
  'a map of a parallel': one({
    Type: 'Map',
    Items: '{% $states.input.items %}',
    MaxConcurrency: 3,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1, End: true } } }],
          End: true,
        },
      },
    },
    End: true,
  }),
};

const refused: [string, string | object, RegExp][] = [
  ['it is not JSON', '{', /not JSON/],
  ['it is JSONPath', JSON.stringify(one(pass())), /\/States\/S is written in JSONPath/],
  ['a state is JSONPath', one(pass({ QueryLanguage: 'JSONPath' })), /\/States\/S is written in JSONPath/],
  [
    'an inner state is JSONPath',
    one({ Type: 'Parallel', Branches: [one(pass({ QueryLanguage: 'JSONPath' }))], End: true }),
    /Branches\/0\/States\/S is written/,
  ],
  ['a state has a JSONPath field', one(pass({ InputPath: '$' })), /InputPath/],
  ['a type is unknown', one({ Type: 'Nap', End: true }), /Type/],
  ['StartAt leads nowhere', { StartAt: 'X', States: { S: pass() } }, /no state X/],
  ['a transition leads nowhere', one(pass({ End: undefined, Next: 'X' })), /goes to X/],
  ['a catcher leaves its block', one(task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'X' }] })), /goes to X/],
  ['a state has no end', one(pass({ End: undefined })), /either Next or/],
  ['a state has two ends', one(pass({ Next: 'S' })), /either Next or/],
  ['a resource is unknown', one(task({ Resource: 'arn:aws:states:::glue:startJobRun' })), /can't be called/],
  [
    'a resource is synchronous',
    one(task({ Resource: 'arn:aws:states:::states:startExecution.sync:2' })),
    /can't be called/,
  ],
  ['an expression does not compile', one(pass({ Output: '{% $states.input. %}' })), /Output: the JSONata expression/],
  ['a wait has neither', one({ Type: 'Wait', End: true }), /Seconds or Timestamp/],
  ['a wait is not whole', one({ Type: 'Wait', Seconds: 1.5, End: true }), /Seconds/],
  [
    'States.ALL is not last',
    one(task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] })),
    /States.ALL/,
  ],
  ['a variable is reserved', one(pass({ Assign: { states: 1 } })), /reserved/],
  [
    'a variable shadows an outer one',
    {
      StartAt: 'A',
      States: {
        A: pass({ End: undefined, Next: 'P', Assign: { x: 1 } }),
        P: { Type: 'Parallel', Branches: [one(pass({ Assign: { x: 2 } }))], End: true },
      },
    },
    /outer scope/,
  ],
  [
    'two states have one name',
    one({ Type: 'Parallel', Branches: [one(pass())], End: true }),
    /two states of the name S/,
  ],
  [
    'a map is distributed',
    one({ Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...one(pass()) }, End: true }),
    /Mode/,
  ],
];

describe('parseDefinition', () => {
  it.each(Object.entries(accepted))('accepts what AWS accepts when it is %s', (_what, definition) => {
    const parsed = parseDefinition(text(definition));
    expect(parsed.StartAt).toBe((definition as { StartAt: string }).StartAt);
    const judged = aslValidator({ QueryLanguage: 'JSONata', ...definition });
    expect(judged.errorsText()).toBe('');
  });

  it.each(refused)('refuses a definition with the place when %s', (_what, definition, message) => {
    expect(() => parseDefinition(typeof definition === 'string' ? definition : text(definition))).toThrow(message);
  });

  it('accepts a machine when each state says JSONata by itself, as CDK writes it', () => {
    expect(parseDefinition(JSON.stringify(one(pass({ QueryLanguage: 'JSONata' })))).StartAt).toBe('S');
  });
});
