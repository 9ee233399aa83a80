import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { LogLine } from '../../../local/logs/log-line.ts';
import { type Runner, startRunner } from '../../../local/runner.ts';
import { writeSmallStack } from './small-stack.ts';

const HOUR_MS = 3_600_000;

let folder: string;
let runner: Runner | undefined;
let lines: LogLine[];

/** Starts the small stack with one statement of a role left out. */
async function start(roleId: 'acceptRole' | 'workRole' | 'machineRole', action: string): Promise<Runner> {
  const cdkOut = await writeSmallStack(path.join(folder, 'cdk.out'), (resources) => {
    const { Type, Properties } = resources[roleId];
    const [own] = Properties.Policies;
    const Statement = own?.PolicyDocument.Statement as { Action: string | string[] }[];
    const kept = Statement.filter(({ Action }) => !Action.includes(action));
    expect(kept).toHaveLength(Statement.length - 1);
    const Policies =
      kept.length === 0 ? [] : [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: kept } }];
    return { ...resources, [roleId]: { Type, Properties: { ...Properties, Policies } } };
  });
  runner = await startRunner({
    cdkOut,
    dataFolder: path.join(folder, 'data'),
    apiPort: 0,
    clock: new VirtualClock(Date.parse('2026-11-20T02:30:00Z')),
    log: (line) => lines.push(line),
    whatsapp: { url: 'ws://127.0.0.1:1/ws/chat' },
  });
  return runner;
}

const post = ({ apiUrl }: Runner, route: string, body: unknown): Promise<Response> =>
  fetch(apiUrl + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const refused = (): string[] => lines.filter(({ part }) => part === 'iam').map(({ text }) => text);

describe('a runner that enforces the roles of its template', () => {
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pombo-runner-iam-'));
    lines = [];
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    runner?.killServices();
    await runner?.stop();
    runner = undefined;
    rmSync(folder, { recursive: true });
  });

  it('refuses a call of a function whose role does not allow it, and says so on the terminal', async () => {
    const response = await post(await start('acceptRole', 's3:PutObject'), '/object', { some: 'bytes' });
    expect(response.status).toBe(500);
    expect(refused()).toEqual([
      'User: arn:aws:sts::000000000000:assumed-role/Small-acceptRole/Small-Accept is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::small-bucket/a because no identity-based policy allows the s3:PutObject action',
    ]);
  });

  it("fails a state whose machine's role may not call the function", async () => {
    const running = await start('machineRole', 'lambda:InvokeFunction');
    await post(running, '/later', { said: 'never' });
    await running.advance(HOUR_MS);
    const [machine] = running.emulators.states.machines();
    const [execution] = running.emulators.states.store.list(machine!.arn, null, { limit: 1, offset: 0 });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });
    expect(execution?.cause).toContain(
      'is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:',
    );
  });

  it('does not start when AWS could not poll a queue for a function', async () => {
    await expect(start('workRole', 'sqs:ReceiveMessage')).rejects.toThrow(
      /Mapping: User: .*workRole.* is not authorized/,
    );
  });

  it('records the grants that were used', async () => {
    const record = path.join(folder, 'grants');
    vi.stubEnv('POMBO_IAM_RECORD', record);
    await post(await start('acceptRole', 'states:StartExecution'), '/object', {});
    const used = readFileSync(record, 'utf8').split('\n');
    expect(used).toContain('acceptRole s3:GetObject Bucket/*');
    expect(used).toContain('workRole sqs:ReceiveMessage Queue');
    expect(used).not.toContain('acceptRole sqs:SendMessage Queue');
  });
});
