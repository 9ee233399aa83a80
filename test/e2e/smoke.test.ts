import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newDataFolder, type Pombo, removeDataFolder, startPombo } from '../support/pombo.ts';

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A command, as an operator would start it. */
async function run(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { exitCode, output: out + err };
}

const smoke = (...args: string[]): Promise<Run> => run('bin/smoke.ts', ...args);

let data: string;
let pombo: Pombo;

beforeAll(async () => {
  data = await newDataFolder();
  pombo = await startPombo({ data });
});

afterAll(async () => {
  await pombo.stop();
  await removeDataFolder(data);
});

describe('npm run smoke', () => {
  it('finds that everything holds which one machine can show, and leaves nothing behind', async () => {
    const { exitCode, output } = await smoke('--local', '--data', data, '--groups', '60');
    expect(output).not.toContain('FAILED');
    expect(output).toContain('8 held, 0 failed, 4 open');
    expect(exitCode).toBe(0);
    const accounts = await run('bin/keys.ts', 'account', 'list', '--data', data);
    expect(accounts.output).toMatch(/^\d{18}/);
    expect(accounts.output).not.toContain('smoke');
  });

  it('fails when the deployment is not what the stack says', async () => {
    const other = await newDataFolder();
    const runFile = JSON.parse(readFileSync(path.join(data, 'run.json'), 'utf8')) as {
      stack: { outputs: Record<string, string> };
    };
    const outputs = {
      ...runFile.stack.outputs,
      PomboVersion: '9.9.9',
      RetryStateMachine: `${runFile.stack.outputs['RetryStateMachine']}-gone`,
    };
    writeFileSync(path.join(other, 'run.json'), JSON.stringify({ ...runFile, stack: { outputs } }));
    const { exitCode, output } = await smoke('--local', '--data', other, '--groups', '1');
    expect(output).toMatch(/FAILED {2}the API answers.*\n.*the stack 9\.9\.9/);
    expect(output).toMatch(/FAILED {2}Step Functions.*\n.*StateMachineDoesNotExist/);
    expect(output).toContain('6 held, 2 failed, 4 open');
    expect(exitCode).toBe(1);
    await removeDataFolder(other);
  });

  it.each([[[]], [['--stack', 'Pombo', '--local']], [['--local', '--groups', 'many']]])(
    'explains itself after %j',
    async (args) => {
      const { exitCode, output } = await smoke(...args);
      expect(output).toContain('Usage: npm run smoke');
      expect(exitCode).toBe(1);
    },
  );
});
