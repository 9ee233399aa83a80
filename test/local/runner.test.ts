import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import type { LogLine } from '../../local/logs/log-line.ts';
import { type Runner, type RunnerEvent, startRunner } from '../../local/runner.ts';
import { writeSmallStack } from './runner/small-stack.ts';

const START_MS = Date.parse('2026-11-20T02:30:00Z');

let folder: string;
let dataFolder: string;
let clock: VirtualClock;
let runner: Runner;
let lines: LogLine[];
const listeners = new Set<(line: LogLine) => void>();

const line = (text: string): Promise<LogLine> =>
  new Promise((resolve) => {
    const listener = (given: LogLine): void => {
      if (!given.text.startsWith(text)) return;
      listeners.delete(listener);
      resolve(given);
    };
    listeners.add(listener);
  });

async function start(cdkOut = path.join(folder, 'cdk.out')): Promise<Runner> {
  runner = await startRunner({
    cdkOut,
    dataFolder,
    apiPort: 0,
    clock,
    log(given) {
      lines.push(given);
      for (const listener of listeners) listener(given);
    },
    whatsapp: { url: 'ws://127.0.0.1:1/ws/chat' },
  });
  return runner;
}

const post = (route: string, body: unknown): Promise<Response> =>
  fetch(runner.apiUrl + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const happened = (matches: (event: RunnerEvent) => boolean): Promise<RunnerEvent> =>
  new Promise((resolve) => {
    const stop = runner.on((event) => {
      if (!matches(event)) return;
      stop();
      resolve(event);
    });
  });
const deleted = () => happened(({ source, event }) => source === 'sqs' && event.type === 'deleted');

async function rows(): Promise<Record<string, string>> {
  const { Items } = await runner.emulators.dynamo.call<{ Items: Record<'id' | 'text', { S: string }>[] }>('Scan', {
    TableName: 'Small-Table',
  });
  return Object.fromEntries(Items.map(({ id, text }) => [id.S, text.S]));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-runner-test-'));
  await writeSmallStack(path.join(folder, 'cdk.out'));
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  dataFolder = mkdtempSync(path.join(folder, 'data-'));
  clock = new VirtualClock(START_MS);
  lines = [];
  listeners.clear();
  const up = line('container up');
  await start();
  await up;
});
afterEach(async () => {
  runner.killServices();
  await runner.stop();
  expect(lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});

describe('startRunner', () => {
  it('leads a request through API, queue and function to the table, with unmodified SDK clients', async () => {
    const done = deleted();
    const response = await post('/send', { group: 'chat', text: 'hello' });
    expect([response.status, Object.keys((await response.json()) as object)]).toEqual([202, ['id']]);
    await done;
    expect(await rows()).toEqual({ hello: 'chat' });
    expect(runner.outputs.ApiUrl).toBe(runner.apiUrl);
  });

  it('writes and reads an object with the credentials of the role', async () => {
    const response = await post('/object', { some: 'bytes' });
    expect([response.status, await response.text()]).toEqual([200, '{"some":"bytes"}']);
  });

  it('runs the container with its environment and credentials of its own role', async () => {
    const { fields } = lines.find(({ text }) => text === 'container up')!;
    expect(fields).toMatchObject({ table: 'Small-Table', whatsapp: 'ws://127.0.0.1:1/ws/chat' });
    expect(runner.credentials.roleOf(String(fields.key))).toBe('arn:aws:iam::000000000000:role/Small-taskRole');
  });

  it('moves visibility timeouts, schedules, waits and handlers with one virtual clock', async () => {
    await post('/send', { group: 'chat', text: 'poison' });
    expect((await post('/later', { said: 'an hour later' })).status).toBe(202);
    await runner.advance(60_000);
    expect(await rows()).toEqual({});
    await runner.advance(60_000);
    expect(await rows()).toEqual({ poison: 'chat' });
    await runner.advance(28 * 60_000);
    expect(await rows()).toMatchObject({ tick: '2026-11-20T03:00:00Z' });
    await runner.advance(30 * 60_000);
    expect(await rows()).toMatchObject({ tick: 'an hour later' });
  });

  it('keeps rows, messages, executions and the task over a restart', async () => {
    const done = deleted();
    await post('/send', { group: 'chat', text: 'before' });
    await done;
    await post('/later', { said: 'after all' });
    const task = runner.services[0]?.tasks[0]?.arn;
    const up = line('container up');
    runner.killServices();
    await runner.stop();
    await start();
    await up;
    expect(await rows()).toEqual({ before: 'chat' });
    expect(runner.services[0]?.tasks[0]?.arn).toBe(task);
    await runner.advance(3_600_000);
    expect(await rows()).toMatchObject({ tick: 'after all' });
  });

  it('replaces the container without a gap', async () => {
    const [old] = runner.services[0]!.tasks;
    const up = line('container up');
    await runner.replaceServices();
    await up;
    expect(runner.services[0]?.tasks).toHaveLength(1);
    expect(runner.services[0]?.tasks[0]?.arn).not.toBe(old?.arn);
  });

  it('shows the mail that a topic sends', async () => {
    const mail = line('to ops@example.com');
    runner.emulators.sns.publish('arn:aws:sns:us-east-1:000000000000:Small-Topic', {
      message: 'look',
      subject: 'Alarm',
    });
    expect((await mail).part).toBe('mail');
  });

  it('leaves nothing running when the template can not run', async () => {
    const other = await writeSmallStack(path.join(folder, 'cdk.other'), ({ Mapping, ...rest }) => ({
      ...rest,
      Mapping: { ...Mapping, Properties: { ...Mapping.Properties, FilterCriteria: {} } },
    }));
    const data = mkdtempSync(path.join(folder, 'data-'));
    const failing = startRunner({
      cdkOut: other,
      dataFolder: data,
      apiPort: 0,
      clock,
      log: () => {},
      whatsapp: 'live',
    });
    await expect(failing).rejects.toThrow(/Mapping \(AWS::Lambda::EventSourceMapping\) can't run/);
    expect(existsSync(path.join(data, 'sqs.sqlite-wal'))).toBe(false);
  });
});
