import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { verifySignatures } from '../../local/receiver/verify-signatures.ts';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { bodyOf, change, isMessage, isStatus, linkSession, subscribe } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo, until } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';

describe('the first message', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: Receiver;
  let data: string;
  let secret: string;

  beforeAll(async () => {
    data = await newDataFolder();
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    receiver = await startReceiver({ port: 0, now: Date.now });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    secret = await subscribe(pombo, receiver);
  }, 90_000);

  afterAll(async () => {
    expect(await pombo.stop()).toBe(0);
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  it('shows a linked session with its number', async () => {
    const { body } = await pombo.call('GET', `/sessions/${SESSION}`);
    expect(body).toMatchObject({ id: SESSION, status: 'open', phone_number: OWN });
  });

  it('reaches the recipient and reports sent, delivered and read, signed both ways', async () => {
    const text = 'Olá! 🐦\u2028fim';
    const { status, body } = await pombo.call('POST', `/v23.0/${SESSION}/messages`, {
      messaging_product: 'whatsapp',
      to: '+55 11 98765-4321',
      text: { body: text },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+55 11 98765-4321', wa_id: PERSON }],
      messages: [{ id: expect.stringMatching(/^wamid\./) as string, message_status: 'accepted' }],
    });
    const wamid = String(at(body, 'messages', 0, 'id'));
    const shown = await phones.waitForMessage(PERSON, (message) => message.text === text);
    await receiver.waitFor(isStatus(wamid, 'sent'));
    await receiver.waitFor(isStatus(wamid, 'delivered'));
    await phones.read(PERSON, shown.id);
    const read = await receiver.waitFor(isStatus(wamid, 'read'));
    expect(verifySignatures(secret, read.headers, read.body, read.atMs)).toEqual({
      meta: true,
      standardWebhooks: true,
    });
    expect(bodyOf(read)).toMatchObject({ object: 'whatsapp_business_account' });
    expect(change(read)).toMatchObject({
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: OWN, phone_number_id: SESSION },
      statuses: [{ id: wamid, status: 'read', recipient_id: PERSON }],
    });
  });

  it('delivers a text from a phone once, in Meta’s shape, unchanged and as ASCII bytes', async () => {
    const text = 'Tudo bem? 👍🏽 \u2028 "aspas" \\ ção';
    await phones.write(PERSON, OWN, text);
    const arrival = await receiver.waitFor(isMessage(text));
    expect(verifySignatures(secret, arrival.headers, arrival.body, arrival.atMs)).toEqual({
      meta: true,
      standardWebhooks: true,
    });
    expect([...arrival.body].every((byte) => byte < 0x80)).toBe(true);
    expect(change(arrival)).toMatchObject({
      contacts: [{ wa_id: PERSON }],
      messages: [{ from: PERSON, id: expect.stringMatching(/^wamid\./) as string, type: 'text', text: { body: text } }],
    });
    await phones.write(PERSON, OWN, 'e mais uma');
    await receiver.waitFor(isMessage('e mais uma'));
    expect(receiver.arrivals.filter(isMessage(text))).toHaveLength(1);
  });

  it('says later what only WhatsApp knows: a phone that is not on WhatsApp becomes a failed status', async () => {
    const [absent] = await phones.magic('not-on-whatsapp');
    const { body } = await pombo.call('POST', `/${SESSION}/messages`, {
      messaging_product: 'whatsapp',
      to: absent,
      text: { body: 'alguém aí?' },
    });
    const failed = await receiver.waitFor(isStatus(String(at(body, 'messages', 0, 'id')), 'failed'));
    expect(change(failed)).toMatchObject({ statuses: [{ status: 'failed', errors: [{ code: 131026 }] }] });
  });

  it('keeps one stanza for one accepted message', async () => {
    const { body } = await pombo.call('POST', `/${SESSION}/messages`, {
      messaging_product: 'whatsapp',
      to: PERSON,
      text: { body: 'uma bolha' },
    });
    await receiver.waitFor(isStatus(String(at(body, 'messages', 0, 'id')), 'delivered'));
    const bubble = await phones.waitForMessage(PERSON, (message) => message.text === 'uma bolha');
    const stanzas = await phones.stanzas(PERSON);
    expect(stanzas.filter((stanza) => stanza.id === bubble.id)).toHaveLength(1);
  });

  it('sends a repeated Idempotency-Key once, keeps to the limits that its owner has set, and tells what is left', async () => {
    const path = `/${SESSION}/messages`;
    const text = (to: string, body: string) => ({ messaging_product: 'whatsapp', to, text: { body } });
    const once = () => pombo.call('POST', path, text(PERSON, 'uma vez'), { 'idempotency-key': 'pedido 1' });
    const [first, second] = [await once(), await once()];
    expect(first.status).toBe(200);
    expect(second.body).toEqual(first.body);
    await receiver.waitFor(isStatus(String(at(first.body, 'messages', 0, 'id')), 'delivered'));
    const shown = await phones.waitForMessage(PERSON, (message) => message.text === 'uma vez');
    expect((await phones.stanzas(PERSON)).filter(({ id }) => id === shown.id)).toHaveLength(1);
    const before = await pombo.call('GET', `/${SESSION}/budget?to=${PERSON}`);
    expect(at(before.body, 'to', 'is_new_contact')).toBe(false);
    expect(at(before.body, 'limits', 'key', 'size')).toBe(1000);
    const limits = { new_contacts: { amount: 1, per_seconds: 86_400, burst: 1 } };
    expect((await pombo.call('PATCH', `/sessions/${SESSION}`, { limits })).status).toBe(200);
    // Earlier tests have met somebody already.
    const refused = await pombo.call('POST', path, text('5511955556666', 'oi'));
    expect([refused.status, at(refused.body, 'error', 'code')]).toEqual([429, 131048]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await pombo.call('POST', path, text(PERSON, 'e você?'))).status).toBe(200);
    expect((await pombo.call('PATCH', `/sessions/${SESSION}`, { limits: null })).status).toBe(200);
    const wrong = { authorization: 'Bearer wrong-key-1' };
    for (const place of ['/sessions', '/webhooks', '/replays', '/health?deep=1', `/${SESSION}`])
      expect((await pombo.call('GET', place, undefined, wrong)).status).toBe(401);
  });

  it('pairs a second session by an eight-character code', async () => {
    await pombo.call('POST', '/sessions', { id: '100200301', name: 'Suporte' });
    await until(pombo, '/sessions/100200301', (body) => at(body, 'status') === 'pairing');
    const { status, body } = await pombo.call('POST', '/sessions/100200301/pairing-code', {
      phone_number: '5511933334444',
    });
    expect(status).toBe(200);
    await phones.enterPairingCode('5511933334444', String(at(body, 'code')));
    const open = await until(pombo, '/sessions/100200301', (session) => at(session, 'status') === 'open');
    expect(at(open, 'phone_number')).toBe('5511933334444');
  });

  it('never shows the API key or the secret in the log or the data folder’s run file by hash', () => {
    expect(pombo.log()).not.toContain(secret);
    expect(pombo.log()).not.toContain(createHash('sha256').update(pombo.apiKey).digest('hex'));
  });
});
