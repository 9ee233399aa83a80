import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { FunctionDefinition } from '../../../local/lambda/function-definition.ts';
import { LambdaHost } from '../../../local/lambda/lambda-host.ts';
import type { LogLine } from '../../../local/logs/log-line.ts';

const SOURCE = `
let count = 0;
export const echo = async (event, context) => ({ event, name: context.functionName, count: ++count, table: process.env.TABLE, left: context.getRemainingTimeInMillis() });
export const fails = async () => { throw new TypeError('no luck'); };
export const forever = () => new Promise(() => {});
export const hangs = async (event) => { count++; return event.hang ? new Promise(() => {}) : count; };
export const spins = () => { for (;;); };
export const exits = () => process.exit(3);
export const crashes = () => new Promise(() => { setTimeout(() => { throw new Error('late'); }); });
export const hoards = () => { const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); };
export const large = async () => 'x'.repeat(7 * 1024 * 1024);
export const leaks = async () => { process.env.LEAK = 'yes'; return process.env.LEAK; };
export const seesLeak = async () => process.env.LEAK ?? 'clean';
export const speaks = async () => { console.log(JSON.stringify({ level: 'WARN', message: 'spoken', accountId: '1' })); };
export const imports = async () => (await import('zod')).z;
let gate; export const flaky = async (event) => { if (count++ === 0) throw new Error('first'); console.log('ran ' + event.n); };
`;

let folder: string;
let host: LambdaHost;
let clock: VirtualClock;
let server: AwsServer;
let lines: LogLine[];
let onLine: ((line: LogLine) => void) | undefined;

const spoken = (text: string): Promise<LogLine> =>
  new Promise((resolve) => {
    onLine = (line) => line.text.includes(text) && resolve(line);
  });

function define(handler: string, more: Partial<FunctionDefinition> = {}): string {
  const name = `fn-${handler}`;
  const definition: FunctionDefinition = {
    name,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    folder,
    handler: `index.${handler}`,
    environment: { AWS_LAMBDA_FUNCTION_NAME: name, TABLE: `table-of-${handler}` },
    memoryMb: 64,
    timeoutMs: 3000,
    reservedConcurrency: undefined,
    ...more,
  };
  host.define(definition, handler);
  return name;
}

async function invoke(
  name: string,
  event: unknown = {},
): Promise<Record<string, unknown> & { error?: Record<string, unknown> }> {
  const result = await host.invoke(name, JSON.stringify(event));
  return result.ok ? { value: JSON.parse(result.payload) as unknown } : { error: { ...result.error } };
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-lambda-test-'));
  writeFileSync(path.join(folder, 'index.mjs'), SOURCE);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  lines = [];
  onLine = undefined;
  clock = new VirtualClock(Date.parse('2026-11-20T12:00:00Z'));
  host = new LambdaHost({
    clock,
    database: new DatabaseSync(':memory:'),
    log(line) {
      lines.push(line);
      onLine?.(line);
    },
  });
  server = await startAwsServer({
    services: new Map([['lambda', host]]),
    onDefect: (error) => lines.push({ part: 'defect', level: 'error', text: String(error), fields: {} }),
  });
});
afterEach(async () => {
  await server.close();
  await host.close();
});

describe('LambdaHost', () => {
  it("runs a handler with its own environment and keeps the sandbox's state between events", async () => {
    const name = define('echo');
    await invoke(name);
    const { value } = await invoke(name, { text: '🕊' });
    expect(value).toMatchObject({ event: { text: '🕊' }, name, count: 2, table: 'table-of-echo' });
  });

  it('answers a thrown error with its type, message and trace', async () => {
    const { error } = await invoke(define('fails'));
    expect(error).toMatchObject({ errorType: 'TypeError', errorMessage: 'no luck' });
    expect(error?.trace).toContain('TypeError: no luck');
  });

  it('gives the next event a fresh sandbox, at once, when one has timed out', async () => {
    const name = define('hangs');
    const answer = invoke(name, { hang: true });
    while (clock.untilNext() !== 3000) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(3000);
    await answer;
    expect(await invoke(name)).toEqual({ value: 1 });
  });

  it.each(['forever', 'spins'])('ends %s at its time-out', async (handler) => {
    const name = define(handler);
    const answer = invoke(name);
    while (clock.untilNext() !== 3000) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(3000);
    expect((await answer).error).toMatchObject({
      errorMessage: expect.stringContaining('Task timed out after 3.00 seconds') as string,
    });
  });

  it.each([
    ['exits', 'Runtime.ExitError', 'exit status 3'],
    ['crashes', 'Runtime.UnhandledError', 'late'],
    ['hoards', 'Runtime.OutOfMemory', 'signal: killed'],
  ])('ends only its sandbox when a function %s', async (handler, errorType, message) => {
    const name = define(handler);
    const other = define('echo');
    expect((await invoke(name)).error).toMatchObject({
      errorType,
      errorMessage: expect.stringContaining(message) as string,
    });
    expect((await invoke(other)).value).toMatchObject({ count: 1 });
    expect((await invoke(name)).error).toMatchObject({ errorType });
  });

  it('isolates the environments of functions', async () => {
    const leaking = define('leaks');
    const seeing = define('seesLeak');
    expect(await invoke(leaking)).toEqual({ value: 'yes' });
    expect(await invoke(seeing)).toEqual({ value: 'clean' });
    expect(process.env.LEAK).toBeUndefined();
  });

  it('finds no node_modules from the bundle', async () => {
    expect((await invoke(define('imports'))).error).toMatchObject({
      errorMessage: expect.stringContaining("'zod'") as string,
    });
  });

  it('refuses a response over 6 MB', async () => {
    expect((await invoke(define('large'))).error).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  it('runs events of one function side by side, up to its reserved concurrency', async () => {
    const name = define('forever', { reservedConcurrency: 2 });
    void invoke(name);
    void invoke(name);
    await expect(invoke(name)).rejects.toMatchObject({ code: 'TooManyRequestsException' });
  });

  it('renders the JSON lines of a function', async () => {
    const line = spoken('spoken');
    await invoke(define('speaks'));
    expect(await line).toEqual({ part: 'speaks', level: 'warn', text: 'spoken', fields: { accountId: '1' } });
  });

  it('runs an accepted event again a minute after it failed', async () => {
    host.invokeAsync(define('flaky'), '{"n":7}');
    const failed = spoken('first');
    await clock.advance(0);
    await failed;
    const ran = spoken('ran 7');
    while (clock.untilNext() === undefined || clock.untilNext() === 3000)
      await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(60_000);
    await ran;
  });

  it('answers the unmodified SDK, synchronously and not', async () => {
    const client = new LambdaClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const FunctionName = define('echo');
    const good = await client.send(new InvokeCommand({ FunctionName, Payload: '{"a":1}' }));
    expect(JSON.parse(good.Payload?.transformToString() ?? '')).toMatchObject({ event: { a: 1 } });
    const bad = await client.send(new InvokeCommand({ FunctionName: define('fails') }));
    expect(bad).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }))).toMatchObject({
      StatusCode: 202,
    });
    await expect(client.send(new InvokeCommand({ FunctionName: 'gone' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const tooLarge = new InvokeCommand({
      FunctionName,
      InvocationType: 'Event',
      Payload: JSON.stringify('x'.repeat(1024 * 1024)),
    });
    await expect(client.send(tooLarge)).rejects.toMatchObject({ name: 'RequestTooLargeException' });
    client.destroy();
  });
});
