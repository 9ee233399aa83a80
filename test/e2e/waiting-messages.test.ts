import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { change, isStatus, linkSession, subscribe } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo, until } from '../support/pombo.ts';

const SESSION = '100200310';
const OWN = '5511911113310';
const PERSON = '5511987653310';

describe('messages that wait', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let data: string;
  let options: string;

  beforeAll(async () => {
    data = await newDataFolder();
    options = await newDataFolder();
    const config = path.join(options, 'config.json');
    await writeFile(config, JSON.stringify({ sendAttempts: 1 }));
    pombo = await startPombo({ data, env: { POMBO_CONFIG: config } });
    phones = new SandboxClient(pombo.sandbox);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    await subscribe(pombo, receiver);
  }, 90_000);

  afterAll(async () => {
    await pombo.stop();
    await receiver.close();
    for (const folder of [data, options]) await removeDataFolder(folder);
  }, 60_000);

  const send = async (fields: object): Promise<string> => {
    const body = { messaging_product: 'whatsapp', to: PERSON, type: 'text', ...fields };
    const answer = await pombo.call('POST', `/${SESSION}/messages`, body);
    expect(answer.status).toBe(200);
    return String(at(answer.body, 'messages', 0, 'id'));
  };
  const reaches = (status: string): Promise<unknown> =>
    until(pombo, `/sessions/${SESSION}`, (body) => at(body, 'status') === status);

  it('for WhatsApp’s acknowledgement stay invisible in their queue, and fail when none comes', async () => {
    const [silent = ''] = await phones.magic('no-ack');
    const sentMs = Date.now();
    const id = await send({ to: silent, text: { body: 'silêncio' } });
    const failed = await receiver.waitFor(isStatus(id, 'failed'), 60_000);
    expect(Date.now() - sentMs).toBeGreaterThan(30_000);
    expect(at(change(failed), 'statuses', 0, 'errors', 0, 'code')).toBe(131000);
  }, 90_000);

  it('for their session leave when it is open, those with a time of their own at that time, and the others fail', async () => {
    const device = (await phones.person(OWN)).linkedDevices[0]?.jid ?? '';
    await phones.disconnect(device, 'refuse-503');
    await reaches('reconnecting');
    const dying = await send({ text: { body: 'morre' }, message_send_ttl_seconds: 30 });
    const later = await send({ text: { body: 'depois' }, not_before: Math.ceil(Date.now() / 1000) + 5 });
    const parked = await send({ text: { body: 'espera' } });
    const failed = await receiver.waitFor(isStatus(dying, 'failed'), 60_000);
    expect(at(change(failed), 'statuses', 0, 'errors', 0, 'code')).toBe(131016);
    await phones.disconnect(device, 'accept');
    await receiver.waitFor(isStatus(parked, 'sent'), 90_000);
    await receiver.waitFor(isStatus(later, 'sent'), 30_000);
    const shown = (await phones.messages(PERSON, { from: OWN })).map(({ text }) => text);
    expect(new Set(shown)).toEqual(new Set(['depois', 'espera']));
    expect(shown).toHaveLength(2);
  }, 200_000);
});
