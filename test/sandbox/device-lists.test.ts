import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { BaileysClient } from './support/baileys-client.ts';
import { linkedClient } from './support/linking.ts';

const OWN = '5511911112222';
const FRIEND = '5511933334444';

describe('a change to somebody’s devices', () => {
  let sandbox: Sandbox;
  let phones: SandboxClient;
  let client: BaileysClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    phones = new SandboxClient(sandbox.controlUrl);
    client = await linkedClient(sandbox.whatsappUrl, phones, OWN);
  });
  afterAll(async () => {
    await client.end();
    await sandbox.close();
  });

  it('reaches a client that has the old list in its cache', async () => {
    const jid = `${FRIEND}@s.whatsapp.net`;
    const before = await client.socket.sendMessage(jid, { text: 'só no celular' });
    await client.ack(before?.key.id ?? '');
    const friend = await linkedClient(sandbox.whatsappUrl, phones, FRIEND);
    await client.until('notification', (attrs: Record<string, string>) =>
      attrs['type'] === 'devices' ? attrs : undefined,
    );
    const sent = await client.socket.sendMessage(jid, { text: 'nos dois' });
    const received = await friend.message((message) => message.key.id === sent?.key.id);
    expect(received.message?.extendedTextMessage?.text ?? received.message?.conversation).toBe('nos dois');
    await phones.unlink(FRIEND);
    expect(await friend.closed()).toBe(401);
    const last = await client.socket.sendMessage(jid, { text: 'de novo só no celular' });
    expect((await client.ack(last?.key.id ?? ''))['error']).toBeUndefined();
    await phones.waitForMessage(FRIEND, (message) => message.id === last?.key.id);
  });
});
