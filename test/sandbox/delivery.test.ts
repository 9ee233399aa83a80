import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { BaileysClient } from './support/baileys-client.ts';
import { linkedClient, login } from './support/linking.ts';

const OWN = '5511911112222';
const PERSON = '5511987654321';

describe('delivery', () => {
  let sandbox: Sandbox;
  let phones: SandboxClient;
  let client: BaileysClient;

  beforeEach(async () => {
    sandbox = await startSandbox();
    phones = new SandboxClient(sandbox.controlUrl);
    client = await linkedClient(sandbox.whatsappUrl, phones, OWN);
  });
  afterEach(async () => {
    await client.end();
    await sandbox.close();
  });

  it('keeps what came while the client was away and hands it over in order, marked as offline', async () => {
    await client.end();
    const texts = Array.from({ length: 25 }, (_, index) => `mensagem ${index}`);
    for (const text of texts) await phones.write(PERSON, OWN, text);
    expect((await phones.device(`${OWN}:1`)).waiting.message).toBeGreaterThanOrEqual(texts.length);
    client = await login(sandbox.whatsappUrl, client.auth);
    await client.message((message) => message.message?.conversation === 'mensagem 24');
    const received = client.messages().filter(({ message }) => message.message?.conversation);
    expect(received.map(({ message }) => message.message?.conversation)).toEqual(texts);
    expect(received.every(({ type }) => type === 'append')).toBe(true);
    await phones.waitForMessage(PERSON, (message) => message.text === 'mensagem 24' && message.status === 'delivered');
    expect((await phones.device(`${OWN}:1`)).waiting.message).toBe(0);
  });

  it('hands a message over again after a kill before the receipt, and not after it', async () => {
    const acknowledged = await phones.write(PERSON, OWN, 'antes');
    await client.message((message) => message.key.id === acknowledged.id);
    await phones.waitForMessage(PERSON, ({ id, status }) => id === acknowledged.id && status === 'delivered');
    const before = client.auth.clone();
    // The client hears the message but dies before its receipt leaves.
    client.socket.ws.prependListener('CB:message', () => client.kill());
    const lost = await phones.write(PERSON, OWN, 'no meio da queda');
    client = await login(sandbox.whatsappUrl, before);
    const again = await client.message((message) => message.key.id === lost.id);
    expect(again.message?.conversation).toBe('no meio da queda');
    expect(client.messages().some(({ message }) => message.key.id === acknowledged.id)).toBe(false);
  });

  it('brings a message to a phone once it is back on line, and the receipt then', async () => {
    await phones.offline(PERSON);
    const sent = await client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: 'acorda' });
    const id = sent?.key.id ?? '';
    await client.ack(id);
    expect(await phones.messages(PERSON)).toEqual([]);
    await expect(phones.write(PERSON, OWN, 'sem rede')).rejects.toThrow('off line');
    await phones.online(PERSON);
    await phones.waitForMessage(PERSON, (message) => message.id === id);
    await client.receipt(id, undefined);
  });

  it('replaces the older of two sockets of one device with 440', async () => {
    const second = await login(sandbox.whatsappUrl, client.auth.clone());
    expect(await client.closed()).toBe(440);
    client = second;
    await phones.write(PERSON, OWN, 'para o segundo');
    await second.message((message) => message.message?.conversation === 'para o segundo');
  });

  it('tells a removed device 401, now and at its next login', async () => {
    await phones.unlink(OWN);
    expect(await client.closed()).toBe(401);
    client = new BaileysClient(sandbox.whatsappUrl, client.auth);
    expect(await client.closed()).toBe(401);
    expect((await phones.person(OWN)).linkedDevices).toEqual([]);
  });

  it('takes a device that logs itself out off the phone', async () => {
    const watch = await phones.watch(OWN);
    await client.socket.logout();
    await watch.until((event) => event.type === 'unlinked');
    watch.stop();
    expect((await phones.person(OWN)).linkedDevices).toEqual([]);
  });

  it.each([
    ['tcp', 428],
    ['ws-1011', 428],
    ['xmlstreamend', 428],
    ['515', 515],
    ['503', 503],
    ['500', 500],
    ['no-code', 500],
    ['ack', 500],
    ['conflict', 440],
  ] as const)('ends a connection by %s with code %i, and the next login works', async (how, code) => {
    await phones.disconnect(`${OWN}:1`, how);
    expect(await client.closed()).toBe(code);
    client = await login(sandbox.whatsappUrl, client.auth);
  });

  it.each([402, 403, 405, 503] as const)('refuses logins with %i until told to accept them', async (code) => {
    await phones.disconnect(`${OWN}:1`, `refuse-${code}`);
    await client.closed();
    client = new BaileysClient(sandbox.whatsappUrl, client.auth);
    expect(await client.closed()).toBe(code);
    await phones.disconnect(`${OWN}:1`, 'accept');
    client = await login(sandbox.whatsappUrl, client.auth);
  });

  it('says nothing any more on a line that was made silent, so that the client’s keepalive gives up', async () => {
    await client.end();
    client = await login(sandbox.whatsappUrl, client.auth, { keepAliveIntervalMs: 200, defaultQueryTimeoutMs: 500 });
    await phones.disconnect(`${OWN}:1`, 'silent');
    await expect(client.socket.query({ tag: 'iq', attrs: { type: 'get', xmlns: 'w:p' } })).resolves.toBeUndefined();
    client.kill();
  });

  it('hands each one-time pre-key out once', async () => {
    const taken = (await phones.device(`${OWN}:1`)).preKeys;
    const writers = Array.from({ length: 5 }, (_, index) => `551196666000${index}`);
    await Promise.all(writers.map((writer) => phones.write(writer, OWN, 'oi')));
    for (const writer of writers) await phones.waitForMessage(writer, (message) => message.status === 'delivered');
    expect((await phones.device(`${OWN}:1`)).preKeys).toBe(taken - writers.length);
  });

  it('asks a device for more one-time pre-keys when few are left', async () => {
    const { preKeys } = await phones.device(`${OWN}:1`);
    const user = { tag: 'user', attrs: { jid: `${OWN}:1@s.whatsapp.net` } };
    const content = [{ tag: 'key', attrs: {}, content: Array.from({ length: preKeys - 1 }, () => user) }];
    const newest = client.auth.creds.nextPreKeyId;
    await client.socket.query({ tag: 'iq', attrs: { type: 'get', xmlns: 'encrypt' }, content });
    await client.until('creds.update', (update: { nextPreKeyId?: number }) =>
      (update.nextPreKeyId ?? 0) > newest ? true : undefined,
    );
    // The upload has been handled once this later question is answered.
    await client.socket.query({ tag: 'iq', attrs: { type: 'get', xmlns: 'w:p' } });
    expect((await phones.device(`${OWN}:1`)).preKeys).toBeGreaterThanOrEqual(5);
  });

  it('asks the author again for a message that the client cannot read, and it arrives', async () => {
    const first = await phones.write(PERSON, OWN, 'um');
    await client.message((message) => message.key.id === first.id);
    await client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: 'dois' });
    await phones.waitForMessage(PERSON, (message) => message.text === 'dois');
    await client.end();
    for (const row of client.auth.rows.keys()) if (row.startsWith('session ')) client.auth.rows.delete(row);
    client = await login(sandbox.whatsappUrl, client.auth);
    const unreadable = await phones.write(PERSON, OWN, 'três');
    const received = await client.message((each) => each.key.id === unreadable.id && Boolean(each.message));
    expect(received.message?.conversation).toBe('três');
  });
});
