import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Activity } from '../../../local/clock/activity.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { type MetadataServer, startMetadataServer } from '../../../local/ecs/metadata-server.ts';
import { EcsService } from '../../../local/ecs/service.ts';
import type { TaskEvent } from '../../../local/ecs/task.ts';
import type { TaskSpec } from '../../../local/ecs/task-spec.ts';
import type { LogLine } from '../../../local/logs/log-line.ts';

const MAIN = `
import { writeFileSync } from 'node:fs';
import path from 'node:path';
writeFileSync(path.join(process.env.TMPDIR, 'heartbeat'), '');
if (process.env.MODE !== 'stubborn') process.on('SIGTERM', () => { console.log('{"level":30,"msg":"bye"}'); setTimeout(() => process.exit(0)); });
else process.on('SIGTERM', () => console.log('{"level":30,"msg":"no"}'));
console.log(JSON.stringify({ level: 30, msg: 'up', taskId: process.env.ECS_CONTAINER_METADATA_URI_V4.split('/').at(-1), mode: process.env.MODE }));
if (process.env.MODE === 'exits') process.exit(5);
if (process.env.MODE === 'busy') for (;;);
if (process.env.MODE === 'greedy') globalThis.taken = Buffer.alloc(96 * 1024 * 1024, 1);
setInterval(() => {}, 1000);
`;
const HEALTHCHECK = `
import { existsSync } from 'node:fs';
import path from 'node:path';
process.exit(process.env.MODE !== 'sick' && existsSync(path.join(process.env.TMPDIR, 'heartbeat')) ? 0 : 1);
`;

let folder: string;
let clock: VirtualClock;
let service: EcsService;
let metadata: MetadataServer;
let lines: LogLine[];
let saved: Map<string, readonly string[]>;
const waiters = new Set<{
  matches: (item: TaskEvent | LogLine) => boolean;
  resolve: (item: TaskEvent | LogLine) => void;
}>();

function tell(item: TaskEvent | LogLine): void {
  for (const waiter of waiters)
    if (waiter.matches(item)) {
      waiters.delete(waiter);
      waiter.resolve(item);
    }
}
const next = (matches: (item: TaskEvent | LogLine) => boolean): Promise<TaskEvent | LogLine> =>
  new Promise((resolve) => waiters.add({ matches, resolve }));
const event = (type: TaskEvent['type']) => next((item) => 'type' in item && item.type === type) as Promise<TaskEvent>;
const line = (text: string) => next((item) => 'text' in item && item.text === text) as Promise<LogLine>;

const spec = (mode = 'good', more: Partial<TaskSpec> = {}): TaskSpec => ({
  family: 'Connector',
  containerName: 'Connector',
  image: 'repository:tag',
  command: ['node', 'main.mjs'],
  folder,
  environment: { MODE: mode, PATH: process.env.PATH ?? '' },
  cpuUnits: 256,
  memoryMb: 512,
  healthCheck: {
    command: ['node', 'healthcheck.mjs'],
    intervalMs: 10_000,
    timeoutMs: 5000,
    retries: 2,
    startPeriodMs: 15_000,
  },
  stopTimeoutMs: 120_000,
  restart: { ignoredExitCodes: [], attemptPeriodMs: 60_000 },
  ...more,
});

function make(given: TaskSpec): void {
  service = new EcsService({
    name: 'Connector',
    clusterName: 'Cluster',
    region: 'us-east-1',
    accountId: '000000000000',
    desiredCount: 1,
    spec: given,
    part: 'connector',
    ids: { load: (name) => saved.get(name) ?? [], save: (name, ids) => void saved.set(name, ids) },
    host: {
      clock,
      activity: new Activity(),
      scratch: folder,
      metadataUri: (taskId) => metadata.uri(taskId),
      log(given) {
        lines.push(given);
        tell(given);
      },
    },
  });
  service.on(tell);
}

/** Health checks are processes: the clock moves to the next one, then the check's answer is awaited. */
async function checkHealth(): Promise<void> {
  const health = event('health');
  await clock.advance(10_000);
  await health;
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-ecs-test-'));
  writeFileSync(path.join(folder, 'main.mjs'), MAIN);
  writeFileSync(path.join(folder, 'healthcheck.mjs'), HEALTHCHECK);
  clock = new VirtualClock(Date.parse('2026-11-20T12:00:00Z'));
  lines = [];
  saved = new Map();
  waiters.clear();
  metadata = await startMetadataServer((id) => service.tasks.find((task) => task.id === id)?.describe());
});
afterEach(async () => {
  service.kill();
  await Promise.all(service.tasks.map((task) => task.stop('test over')));
  await metadata.close();
  rmSync(folder, { recursive: true });
});

describe('EcsService', () => {
  it('runs the command with the metadata of its task and a TMPDIR of its own', async () => {
    make(spec());
    const up = line('up');
    service.start();
    const [task] = service.tasks;
    expect((await up).fields.taskId).toBe(task?.id);
    const container = (await (await fetch(metadata.uri(task!.id))).json()) as Record<string, unknown>;
    expect(container).toMatchObject({ Name: 'Connector', KnownStatus: 'RUNNING', Health: { status: 'UNKNOWN' } });
    const described = (await (await fetch(`${metadata.uri(task!.id)}/task`)).json()) as Record<string, unknown>;
    expect(described).toMatchObject({
      TaskARN: `arn:aws:ecs:us-east-1:000000000000:task/Cluster/${task?.id}`,
      Family: 'Connector',
      Limits: { CPU: 0.25, Memory: 512 },
    });
    expect((await fetch(metadata.uri('00'))).status).toBe(404);
    expect(task?.memoryBytes()).toBeGreaterThan(1_000_000);
    await checkHealth();
    expect(service.tasks[0]?.health).toBe('HEALTHY');
  });

  it('restarts a container that ran for its attempt period in the same task', async () => {
    make(spec());
    const up = line('up');
    service.start();
    const [task] = service.tasks;
    await up;
    await clock.advance(60_000);
    const restarted = event('restarted');
    process.kill(task!.pid!, 'SIGKILL');
    await restarted;
    expect(service.tasks.map(({ arn }) => arn)).toEqual([task?.arn]);
  });

  it('replaces the task of a container that ends sooner', async () => {
    make(spec());
    const up = line('up');
    service.start();
    const [task] = service.tasks;
    await up;
    const stopped = event('stopped');
    process.kill(task!.pid!, 'SIGKILL');
    expect(await stopped).toMatchObject({ taskArn: task?.arn, reason: 'Essential container in task exited' });
    const again = line('up');
    await clock.advance(0);
    expect((await again).fields.taskId).not.toBe(task?.id);
  });

  it('replaces a task whose health check fails after the start period', async () => {
    make(spec('sick'));
    const up = line('up');
    service.start();
    await up;
    const stopped = event('stopped');
    // Checks at 10 s, 20 s and 30 s; the first lies in the start period. The clock moves on when a check is over.
    while (clock.monotonic() < 30_000) {
      if (clock.untilNext() === 10_000) await clock.advance(10_000);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await stopped).toMatchObject({ reason: 'Task failed container health checks' });
    expect(clock.monotonic()).toBe(30_000);
  });

  it('replaces without a gap: the old task gets SIGTERM when the new one is healthy', async () => {
    make(spec());
    let up = line('up');
    service.start();
    const [old] = service.tasks;
    await up;
    up = line('up');
    const replaced = service.replace();
    const fresh = (await up).fields.taskId;
    expect(service.tasks.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING']);
    const bye = line('bye');
    await clock.advance(10_000);
    await bye;
    await replaced;
    expect(service.tasks.map(({ id }) => id)).toEqual([fresh]);
    expect(saved.get('Connector')).toEqual([fresh]);
    expect(old?.status).toBe('STOPPED');
  });

  it('rolls back when the new tasks end at once, three times', async () => {
    make(spec());
    const up = line('up');
    service.start();
    const [old] = service.tasks;
    await up;
    await expect(service.replace(spec('exits'))).rejects.toThrow(/don't get healthy: Essential container/);
    expect(service.tasks).toEqual([old]);
    expect(lines.filter(({ fields }) => fields.mode === 'exits')).toHaveLength(3);
    expect(saved.get('Connector')).toEqual([old?.id]);
    const stopped = event('stopped');
    process.kill(old!.pid!, 'SIGKILL');
    await stopped;
    const next = line('up');
    await clock.advance(0);
    expect((await next).fields.mode).toBe('good');
  });

  it('kills a container that ignores SIGTERM after its stop time-out', async () => {
    make(spec('stubborn'));
    const up = line('up');
    service.start();
    const [task] = service.tasks;
    await up;
    const refused = line('no');
    const stopped = service.stop();
    await refused;
    const exited = event('exited');
    await clock.advance(119_999);
    expect(task?.status).toBe('STOPPING');
    await clock.advance(1);
    expect(await exited).toMatchObject({ signal: 'SIGKILL' });
    await stopped;
  });

  it('kills a container that takes more memory than its task has', async () => {
    make(spec('greedy', { memoryMb: 64 }));
    const exited = event('exited');
    const stopped = event('stopped');
    service.start();
    expect(await exited).toMatchObject({
      code: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
    await stopped;
    expect(lines.find(({ level }) => level === 'error')?.text).toMatch(/^Task [0-9a-f]{32}: OutOfMemoryError/);
  });

  it('starts further tasks when more are wanted, and stops the youngest when fewer are', async () => {
    make(spec());
    let up = line('up');
    service.start();
    await up;
    const [first] = service.tasks;
    up = line('up');
    service.setDesiredCount(2);
    expect((await up).fields.taskId).toBe(service.tasks[1]?.id);
    expect(service.tasks).toHaveLength(2);
    const stopped = event('stopped');
    service.setDesiredCount(1);
    expect(await stopped).toMatchObject({ reason: 'Scaling activity initiated by application auto scaling' });
    expect(service.tasks).toEqual([first]);
    expect(saved.get('Connector')).toEqual([first?.id]);
  });

  it('gives a task the id that it had before the runner was started again', async () => {
    saved.set('Connector', ['0123456789abcdef0123456789abcdef']);
    make(spec());
    const up = line('up');
    service.start();
    expect((await up).fields.taskId).toBe('0123456789abcdef0123456789abcdef');
  });

  it.each(['good', 'busy'])('leaves no %s container behind when its runner is killed', async (mode) => {
    make(spec());
    const runner = fork(path.join(import.meta.dirname, 'tied-child-parent.ts'), [folder, mode], { execArgv: [] });
    const pid = await new Promise<number>((resolve) => runner.once('message', (message) => resolve(message as number)));
    const gone = new Promise((resolve) => runner.once('exit', resolve));
    runner.kill('SIGKILL');
    await gone;
    for (let turn = 0; turn < 500 && isAlive(pid); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAlive(pid)).toBe(false);
  });
});

/** A killed process whose parent is gone may stay as a zombie where nobody is init. */
function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
