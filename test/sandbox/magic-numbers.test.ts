import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { BaileysClient } from './support/baileys-client.ts';
import { linkedClient } from './support/linking.ts';

const OWN = '5511911112222';

describe('magic numbers', () => {
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

  const jidOf = async (name: string): Promise<string> => `${(await phones.magic(name))[0]}@s.whatsapp.net`;
  const sendTo = async (name: string, text = 'oi'): Promise<string> => {
    const sent = await client.socket.sendMessage(await jidOf(name), { text });
    return sent?.key.id ?? '';
  };

  it('are absent from number checks and device lists when they are not on WhatsApp', async () => {
    const [absent = ''] = await phones.magic('not-on-whatsapp');
    const found = await client.socket.onWhatsApp(absent, '5511987654321');
    expect(found?.filter((each) => each.exists).map((each) => each.jid)).toEqual(['5511987654321@s.whatsapp.net']);
    expect(await client.socket.getUSyncDevices([`${absent}@s.whatsapp.net`], false, false)).toEqual([]);
    await expect(phones.person(absent)).rejects.toThrow('not on WhatsApp');
  });

  it('are on WhatsApp without a device that the server names', async () => {
    const [number = ''] = await phones.magic('devices-unnamed');
    expect(await client.socket.onWhatsApp(number)).toEqual([{ jid: `${number}@s.whatsapp.net`, exists: true }]);
    expect(await client.socket.getUSyncDevices([`${number}@s.whatsapp.net`], false, false)).toEqual([]);
  });

  it('are registered without the ninth digit where WhatsApp has it so', async () => {
    const found = await client.socket.onWhatsApp('5531987654321');
    expect(found).toEqual([{ jid: '553187654321@s.whatsapp.net', exists: true }]);
  });

  it.each([463, 479, 400, 401, 403, 404, 408, 429, 500, 503])('refuse a message with error %i', async (error) => {
    const id = await sendTo(`nack-${error}`);
    expect((await client.ack(id))['error']).toBe(String(error));
    const [number = ''] = await phones.magic(`nack-${error}`);
    expect(await phones.stanzas(number)).toEqual([]);
  });

  it('refuse a message once and take the same id the second time', async () => {
    const id = await sendTo('nack-479-once');
    expect((await client.ack(id))['error']).toBe('479');
    const jid = await jidOf('nack-479-once');
    await client.socket.sendMessage(jid, { text: 'oi' }, { messageId: id });
    const [number = ''] = await phones.magic('nack-479-once');
    await phones.waitForMessage(number, (message) => message.id === id);
  });

  it('deliver without an ack, or neither', async () => {
    const [lost = ''] = await phones.magic('ack-lost');
    const [swallowed = ''] = await phones.magic('no-ack');
    const silent = await sendTo('no-ack');
    const id = await sendTo('ack-lost');
    await phones.waitForMessage(lost, (message) => message.id === id);
    await client.receipt(id, undefined);
    // Acks come in the order of the messages: once a later one is there, the earlier ones are not on their way.
    await client.ack(await sendTo('reads-at-once'));
    expect([client.hasAck(id), client.hasAck(silent)]).toEqual([false, false]);
    expect(await phones.stanzas(swallowed)).toEqual([]);
  });

  it('ask again for a message that they could not decrypt and show it once', async () => {
    const id = await sendTo('decrypts-later');
    const [number = ''] = await phones.magic('decrypts-later');
    await client.receipt(id, 'retry');
    const shown = await phones.waitForMessage(number, (message) => message.id === id);
    expect(shown.arrivals).toBe(1);
    const stanzas = await phones.stanzas(number);
    expect(stanzas.map((stanza) => stanza.isDecrypted)).toEqual([false, true]);
  });

  it('have three devices that each get a copy', async () => {
    const id = await sendTo('three-devices');
    const [number = ''] = await phones.magic('three-devices');
    await phones.waitForMessage(number, (message) => message.id === id);
    await client.until('receipt', (attrs: Record<string, string>) =>
      attrs['id'] === id && attrs['from']?.startsWith(`${number}:2@`) ? attrs : undefined,
    );
    expect((await phones.stanzas(number)).map((stanza) => stanza.device).sort((a, b) => a - b)).toEqual([0, 1, 2]);
  });

  it('read at once', async () => {
    await client.receipt(await sendTo('reads-at-once'), 'read');
  });

  it('echo a text', async () => {
    await sendTo('echo', 'eco eco');
    await client.message((message) => message.message?.conversation === 'eco eco' && !message.key.fromMe);
  });

  it('are switched off until put on line', async () => {
    const [number = ''] = await phones.magic('offline');
    const id = await sendTo('offline');
    await client.ack(id);
    expect(await phones.messages(number)).toEqual([]);
    await phones.online(number);
    await phones.waitForMessage(number, (message) => message.id === id);
  });
});
