import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { BaileysClient } from './support/baileys-client.ts';
import { login } from './support/linking.ts';

const OWN = '5511911112222';

describe('pairing', () => {
  let sandbox: Sandbox;
  let phones: SandboxClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    phones = new SandboxClient(sandbox.controlUrl);
  });
  afterAll(() => sandbox.close());

  it('links a client by QR code, restarts it with 515 and logs it in', async () => {
    const unpaired = new BaileysClient(sandbox.whatsappUrl);
    const linked = await phones.scan(OWN, await unpaired.qr());
    expect(await unpaired.closed()).toBe(515);
    const client = await login(sandbox.whatsappUrl, unpaired.auth);
    expect(client.auth.creds.me?.id).toBe(linked.jid);
    expect(client.auth.creds.me?.lid).toMatch(/^\d+:1@lid$/);
    const device = await phones.device(linked.jid);
    expect(device.isConnected).toBe(true);
    // 812 uploaded; the phone may have taken one already to send its greeting.
    expect([811, 812]).toContain(device.preKeys);
    await client.end();
  });

  it('links a client by pairing code', async () => {
    const number = '5511922223333';
    const unpaired = new BaileysClient(sandbox.whatsappUrl);
    await unpaired.qr();
    const code = await unpaired.socket.requestPairingCode(number);
    await phones.enterPairingCode(number, `${code.slice(0, 4)}-${code.slice(4)}`);
    expect(await unpaired.closed()).toBe(515);
    const client = await login(sandbox.whatsappUrl, unpaired.auth);
    expect(client.auth.creds.me?.id).toMatch(/^5511922223333:1@/);
    await client.end();
  });

  it('refuses a wrong pairing code with a sentence', async () => {
    const unpaired = new BaileysClient(sandbox.whatsappUrl);
    await unpaired.qr();
    await unpaired.socket.requestPairingCode('5511922224444');
    await expect(phones.enterPairingCode('5511922224444', 'AAAAAAAA')).rejects.toThrow('wrong');
    await unpaired.end();
  });

  it('refuses a QR code that nobody shows any more', async () => {
    const unpaired = new BaileysClient(sandbox.whatsappUrl);
    const qr = await unpaired.qr();
    await unpaired.end();
    await expect(phones.scan(OWN, qr)).rejects.toThrow('Nobody shows that QR code');
    await expect(phones.scan(OWN, 'hello')).rejects.toThrow('no QR code');
  });
});
