import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AwsServer, type AwsService, startAwsServer } from '../../../local/aws/aws-server.ts';
import { machineArn, one, pass, START, StatesBench, task } from './states-bench.ts';

const DAY = 86_400_000;
const stateMachineArn = machineArn('m');
const services = new Map<string, AwsService>();
let server: AwsServer;
let sfn: SFNClient;
let bench: StatesBench;

beforeAll(async () => {
  server = await startAwsServer({
    services,
    onDefect: (error) => {
      throw error;
    },
  });
  sfn = new SFNClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});
afterAll(async () => {
  sfn.destroy();
  await server.close();
});
beforeEach(() => {
  bench = new StatesBench();
  services.set('states', { handle: (...args) => bench.states.handle(...args) });
});
afterEach(() => bench.states.close());

const wait = one({ Type: 'Wait', Seconds: 10, End: true });

describe('Step Functions API', () => {
  it('starts, describes and ends an execution', async () => {
    bench.define(wait);
    const started = await sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'e', input: '{"a":"🐦"}' }));
    expect(started.startDate?.getTime()).toBe(START);
    const running = await sfn.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
    expect(running).toMatchObject({ name: 'e', status: 'RUNNING', input: '{"a":"🐦"}', stateMachineArn });
    await bench.advance(10_000);
    const ended = await sfn.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '{"a":"🐦"}' });
    expect(ended.stopDate?.getTime()).toBe(START + 10_000);
  });

  it('answers the same execution when it is started again while it runs, and refuses afterwards for 90 days', async () => {
    bench.define(wait);
    const start = (input: string) => sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'e', input }));
    const first = await start('{}');
    expect((await start('{}')).executionArn).toBe(first.executionArn);
    await expect(start('{"other":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await bench.advance(10_000);
    await expect(start('{}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await bench.advance(90 * DAY);
    await expect(start('{}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await bench.advance(1);
    expect((await start('{"new":1}')).startDate?.getTime()).toBe(START + 10_001 + 90 * DAY);
  });

  it.each([
    ['a name with white space', { name: 'white space' }, 'InvalidName'],
    ['a name with a slash', { name: 'a/b' }, 'InvalidName'],
    ['a name of 81 characters', { name: 'x'.repeat(81) }, 'ValidationException'],
    ['an input that is not JSON', { input: 'no json' }, 'InvalidExecutionInput'],
    ['an input over 256 KiB', { input: JSON.stringify('x'.repeat(256 * 1024)) }, 'ValidationException'],
    ['an unknown machine', { stateMachineArn: machineArn('none') }, 'StateMachineDoesNotExist'],
  ])('refuses a start when it has %s', async (_what, input, name) => {
    bench.define(wait);
    await expect(sfn.send(new StartExecutionCommand({ stateMachineArn, ...input }))).rejects.toMatchObject({ name });
  });

  it('refuses a synchronous start when the machine is a Standard one', async () => {
    bench.define(wait);
    // The SDK would put `sync-` before the address, which is an IP here.
    sfn.config.disableHostPrefix = true;
    await expect(sfn.send(new StartSyncExecutionCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineTypeNotSupported',
    });
  });

  it('stops an execution', async () => {
    const executionArn = bench.start(wait);
    const { stopDate } = await sfn.send(new StopExecutionCommand({ executionArn, error: 'Why', cause: 'so' }));
    expect(stopDate?.getTime()).toBe(START);
    await bench.advance(10_000);
    expect(bench.result(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Why', cause: 'so' });
    await expect(sfn.send(new StopExecutionCommand({ executionArn: `${executionArn}x` }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
  });

  it('lists executions by status, newest first, in pages', async () => {
    bench.define(wait);
    for (let i = 0; i < 5; i += 1) {
      bench.states.startExecution({ stateMachineArn, name: `e${i}` });
      await bench.advance(3_000);
    }
    const list = async (statusFilter?: 'RUNNING' | 'SUCCEEDED'): Promise<string[]> => {
      const names: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await sfn.send(
          new ListExecutionsCommand({ stateMachineArn, statusFilter, maxResults: 2, nextToken }),
        );
        names.push(...(page.executions ?? []).map((execution) => execution.name ?? ''));
        nextToken = page.nextToken;
      } while (nextToken);
      return names;
    };
    expect(await list()).toEqual(['e4', 'e3', 'e2', 'e1', 'e0']);
    expect(await list('RUNNING')).toEqual(['e4', 'e3', 'e2']);
    expect(await list('SUCCEEDED')).toEqual(['e1', 'e0']);
    await expect(sfn.send(new ListExecutionsCommand({ stateMachineArn, nextToken: 'x' }))).rejects.toMatchObject({
      name: 'InvalidToken',
    });
  });

  it('pages through the history in both directions', async () => {
    const executionArn = bench.start(one(task()));
    await bench.settle();
    const history = async (reverseOrder: boolean): Promise<string[]> => {
      const types: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await sfn.send(
          new GetExecutionHistoryCommand({ executionArn, reverseOrder, maxResults: 3, nextToken }),
        );
        types.push(...(page.events ?? []).map((event) => event.type ?? ''));
        nextToken = page.nextToken;
      } while (nextToken);
      return types;
    };
    const types = await history(false);
    expect(types).toEqual(bench.history(executionArn));
    expect(await history(true)).toEqual([...types].reverse());
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.[4]).toMatchObject({
      type: 'TaskSucceeded',
      previousEventId: 4,
      taskSucceededEventDetails: { resourceType: 'lambda', resource: 'invoke', output: '{}' },
    });
    expect(events?.[0]?.executionStartedEventDetails?.input).toBe('{}');
  });

  it('describes and lists machines', async () => {
    bench.define(one(pass()));
    const machine = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(machine).toMatchObject({ name: 'm', status: 'ACTIVE', type: 'STANDARD' });
    const { stateMachines } = await sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines).toMatchObject([{ name: 'm', stateMachineArn }]);
  });

  it('takes answers to task tokens', async () => {
    const executionArn = bench.start(
      one(task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', HeartbeatSeconds: 60 })),
    );
    await bench.settle();
    const taskToken = bench.tasks.calls[0]?.token;
    await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
    await expect(sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{' }))).rejects.toMatchObject({
      name: 'InvalidOutput',
    });
    await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
    await bench.settle();
    expect(bench.result(executionArn).output).toEqual({ ok: true });
    await expect(sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
    await expect(sfn.send(new SendTaskFailureCommand({ taskToken: 'nonsense' }))).rejects.toMatchObject({
      name: 'InvalidToken',
    });
  });
});
