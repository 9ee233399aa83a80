import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { linkedClient, login } from './support/linking.ts';

const OWN = '5511911112222';
const PERSON = '5511987654321';
const PROCESS = new URL('../../sandbox/main.ts', import.meta.url);

interface Started {
  readonly process: ChildProcess;
  readonly whatsappUrl: string;
  readonly controlUrl: string;
}

async function start(folder: string): Promise<Started> {
  const child = fork(PROCESS, ['--data', folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ whatsappUrl, controlUrl }] = (await once(child, 'message')) as [Omit<Started, 'process'>];
  return { process: child, whatsappUrl, controlUrl };
}

async function kill(started: Started): Promise<void> {
  const exited = once(started.process, 'exit');
  started.process.kill('SIGKILL');
  await exited;
}

describe('a sandbox that is killed and started again', () => {
  let folder: string;
  let sandbox: Started;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pombo-sandbox-test-'));
    sandbox = await start(folder);
  });
  afterEach(async () => {
    await kill(sandbox);
    await rm(folder, { recursive: true, force: true });
  });

  it('knows linked devices, queued messages, ratchets and what the phones show', async () => {
    const before = new SandboxClient(sandbox.controlUrl);
    let client = await linkedClient(sandbox.whatsappUrl, before, OWN);
    const first = await before.write(PERSON, OWN, 'antes da queda');
    await client.message((message) => message.key.id === first.id);
    await client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: 'resposta' });
    await before.waitForMessage(PERSON, (message) => message.text === 'resposta');
    await before.offline('5511955550009');
    await client.socket
      .sendMessage('5511955550009@s.whatsapp.net', { text: 'espera' })
      .then((sent) => client.ack(sent?.key.id ?? ''));
    await client.end();
    const waiting = await before.write(PERSON, OWN, 'na fila');

    await kill(sandbox);
    sandbox = await start(folder);
    const after = new SandboxClient(sandbox.controlUrl);

    expect((await after.messages(PERSON)).map((message) => message.text)).toEqual([
      'antes da queda',
      'resposta',
      'na fila',
    ]);
    client = await login(sandbox.whatsappUrl, client.auth);
    const received = await client.message((message) => message.key.id === waiting.id);
    expect(received.message?.conversation).toBe('na fila');
    const next = await after.write(PERSON, OWN, 'depois da queda');
    const fresh = await client.message((message) => message.key.id === next.id);
    expect(fresh.message?.conversation).toBe('depois da queda');
    expect((await after.messages('5511955550009')).map((message) => message.text)).toEqual([]);
    await after.online('5511955550009');
    await after.waitForMessage('5511955550009', (message) => message.text === 'espera');
    await client.end();
  });

  it('loses and doubles nothing that was acknowledged while it was killed under load', async () => {
    const before = new SandboxClient(sandbox.controlUrl);
    const client = await linkedClient(sandbox.whatsappUrl, before, OWN);
    const acknowledged: string[] = [];
    client.socket.ws.on('CB:ack,class:message', (ack: { attrs: { id: string } }) => acknowledged.push(ack.attrs.id));
    await client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: 'zero' });
    const sends = Array.from({ length: 200 }, (_, index) =>
      client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: `carga ${index}` }).catch(() => undefined),
    );
    await Promise.race([client.until('ack', () => acknowledged.length >= 50 || undefined), Promise.all(sends)]);
    await kill(sandbox);
    await Promise.all(sends);
    sandbox = await start(folder);
    const after = new SandboxClient(sandbox.controlUrl);
    for (const id of acknowledged) await after.waitForMessage(PERSON, (message) => message.id === id);
    const shown = await after.messages(PERSON);
    expect(shown.every((message) => message.arrivals === 1)).toBe(true);
    expect(new Set(shown.map((message) => message.id)).size).toBe(shown.length);
    expect(acknowledged.length).toBeGreaterThanOrEqual(50);
  });
});
