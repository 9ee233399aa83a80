import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../../sandbox/control-client.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { startSandbox } from '../../../sandbox/sandbox.ts';
import { BaileysClient } from '../support/baileys-client.ts';
import { login } from '../support/linking.ts';

const MAIN = fileURLToPath(new URL('../../../sandbox/phone/main.ts', import.meta.url));
const PERSON = '5511987654321';

describe('npm run phone', () => {
  let sandbox: Sandbox;
  let folder: string;
  let api: Server;
  let unpaired: BaileysClient;

  /** Plays Pombo's API: session 100 shows the QR code of an unmodified client. */
  const startApi = async (qr: string): Promise<Server> => {
    const server = createServer((request, response) => {
      const isKnown = request.url === '/sessions/100/qr' && request.headers.authorization === 'Bearer secret';
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isKnown ? { qr } : { error: { message: 'no such session' } }));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return server;
  };

  const phone = (...args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args, '--data', folder], (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
      });
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pombo-phone-test-'));
    sandbox = await startSandbox();
    unpaired = new BaileysClient(sandbox.whatsappUrl);
    api = await startApi(await unpaired.qr());
    const { port } = api.address() as AddressInfo;
    const run = { api: `http://127.0.0.1:${port}`, apiKey: 'secret', sandbox: sandbox.controlUrl, data: folder };
    writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
  });
  afterAll(async () => {
    api.close();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows help with examples when it is not told what to do', async () => {
    const { code, output } = await phone();
    expect(code).toBe(0);
    expect(output).toContain('npm run phone -- scan 100200300');
  });

  it('scans a session’s QR code, writes, lists and reads', async () => {
    const scanned = await phone('scan', '100');
    expect(scanned.output).toContain('linked to the phone 5511911110001');
    const client = await login(sandbox.whatsappUrl, unpaired.auth);
    expect((await phone('write', '+55 11 98765-4321', '5511911110001', 'Oi', 'tudo', 'bem?')).code).toBe(0);
    await client.message((message) => message.message?.conversation === 'Oi tudo bem?', 25_000);
    const sent = await client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: 'leia-me' });
    const id = sent?.key.id ?? '';
    await new SandboxClient(sandbox.controlUrl).waitForMessage(PERSON, (message) => message.id === id);
    expect((await phone('read', PERSON, id)).code).toBe(0);
    await client.receipt(id, 'read');
    expect((await phone('list')).output).toContain('+5511911110001');
    await client.end();
  }, 40_000);

  it('tells what to do when something is missing', async () => {
    expect(await phone('scan', '999')).toMatchObject({
      code: 1,
      output: expect.stringContaining('curl -X POST') as string,
    });
    expect(await phone('write', PERSON)).toMatchObject({
      code: 2,
      output: expect.stringContaining('Usage:') as string,
    });
    expect(await phone('dance')).toMatchObject({
      code: 2,
      output: expect.stringContaining('no command dance') as string,
    });
  });

  it('says that nothing runs when the data folder has no run file', async () => {
    await rm(join(folder, 'run.json'));
    const { code, output } = await phone('list');
    expect(code).toBe(1);
    expect(output).toContain('npm start');
  });
});
