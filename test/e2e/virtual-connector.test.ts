import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { Operator } from '../../local/operator.ts';
import { prepareAssembly } from '../../local/prepare-assembly.ts';
import { type Runner, startRunner } from '../../local/runner.ts';
import { type SandboxProcess, startSandboxProcess } from '../../local/sandbox-process.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { at } from '../support/pombo.ts';
import { WallClockTraces } from '../support/wall-clock-traces.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';
const MINUTE = 60_000;
const START_MS = Date.parse('2031-03-08T19:59:30Z');
/** Steps of half a second in which a state is reached: the simulated WhatsApp answers in its own, real time. */
const MOST_STEPS = 100;

let folder: string;
let sandbox: SandboxProcess;
let runner: Runner;
let traces: WallClockTraces;
let apiKey: string;
const clock = new VirtualClock(START_MS);

/** Moves the time until `work` is done: functions wait in it too. */
async function meanwhile<T>(work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const end = (): void => done.abort();
  work.then(end, end);
  for (let step = 0; !done.signal.aborted && step < MOST_STEPS; step++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await runner.advance(500);
  }
  return work;
}

async function call(method: string, route: string, body?: unknown): Promise<unknown> {
  const response = await fetch(runner.apiUrl + route, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

async function reach(route: string, done: (body: unknown) => boolean): Promise<unknown> {
  for (let step = 0; step < MOST_STEPS; step++) {
    const body = await meanwhile(call('GET', route));
    if (done(body)) return body;
  }
  throw new Error(`${route} never got there`);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-time-'));
  await prepareAssembly({ outdir: path.join(folder, 'cdk.out'), config: {}, onWork: () => {} });
  sandbox = await startSandboxProcess(path.join(folder, 'sandbox'), () => {});
  traces = new WallClockTraces(START_MS);
  runner = await startRunner({
    cdkOut: path.join(folder, 'cdk.out'),
    dataFolder: path.join(folder, 'data'),
    apiPort: 0,
    clock,
    log: ({ part, text }) => traces.note('log', `${part} ${text}`),
    onOutput: (line) => traces.note(line.includes('"_aws"') ? 'metrics' : 'output', line),
    whatsapp: { url: sandbox.whatsappUrl, caCertificateFile: sandbox.caCertificateFile },
  });
  const operator = new Operator(runner, clock);
  apiKey = await operator.ensureApiKey(undefined);
  operator.close();
}, 60_000);

afterAll(async () => {
  traces.stop();
  runner.killServices();
  await runner.stop();
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

describe('a connector on a virtual clock', () => {
  it('stays healthy and linked for minutes, sends, and reads no other clock', async () => {
    const phones = new SandboxClient(sandbox.controlUrl);
    await meanwhile(call('POST', '/sessions', { id: SESSION, name: 'Loja' }));
    const pairing = await reach(`/sessions/${SESSION}/qr`, (body) => typeof at(body, 'qr') === 'string');
    await phones.scan(OWN, String(at(pairing, 'qr')));
    const open = await reach(`/sessions/${SESSION}`, (body) => at(body, 'status') === 'open');
    await runner.advance(5 * MINUTE);
    expect(await call('GET', `/sessions/${SESSION}`)).toMatchObject({ status: 'open', since: at(open, 'since') });
    expect(runner.services.flatMap(({ tasks }) => tasks.map(({ health }) => health))).toEqual(['HEALTHY']);
    await meanwhile(
      call('POST', `/${SESSION}/messages`, { messaging_product: 'whatsapp', to: PERSON, text: { body: 'olá' } }),
    );
    await runner.advance(2000);
    expect(await phones.waitForMessage(PERSON, ({ text }) => text === 'olá')).toMatchObject({ arrivals: 1 });
    expect(traces.findings).toEqual([]);
    expect(traces.sources).toEqual(expect.arrayContaining(['answer', 'metrics', 'output', 'request']));
  }, 60_000);
});
