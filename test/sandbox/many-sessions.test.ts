import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { BaileysClient } from './support/baileys-client.ts';
import { linkedClient } from './support/linking.ts';

const SESSIONS = 100;
const AT_ONCE = 10;

describe('a hundred sessions', () => {
  let sandbox: Sandbox;
  let phones: SandboxClient;
  const clients: BaileysClient[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox();
    phones = new SandboxClient(sandbox.controlUrl);
    const numbers = Array.from({ length: SESSIONS }, (_, index) => `55119700${String(index).padStart(5, '0')}`);
    for (let start = 0; start < SESSIONS; start += AT_ONCE) {
      const batch = numbers.slice(start, start + AT_ONCE);
      clients.push(...(await Promise.all(batch.map((number) => linkedClient(sandbox.whatsappUrl, phones, number)))));
    }
  }, 120_000);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await sandbox.close();
  });

  it('are open side by side and each gets its own message', async () => {
    expect((await phones.health()).connections).toBe(SESSIONS);
    const numbers = clients.map((client) => client.auth.creds.me?.id.split(':')[0] ?? '');
    await Promise.all(numbers.map((number) => phones.write('5511987654321', number, `para ${number}`)));
    for (const [index, client] of clients.entries()) {
      await client.message((message) => message.message?.conversation === `para ${numbers[index]}`);
    }
  }, 60_000);
});
