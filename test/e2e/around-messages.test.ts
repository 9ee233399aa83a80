import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { startTestReceiver, type TestReceiver } from '../functions/support/receiver.ts';
import { linkSession } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo, until } from '../support/pombo.ts';

const SESSION = '100200301';
const OWN = '5511911112233';
const PERSON = '5511987654333';
const VERIFY_TOKEN = 'token';

/** Everything that Meta's API has around messages, through the runner: each function has the grants of its template and no others. */
describe('around messages', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: TestReceiver;
  let data: string;
  let waba: string;

  beforeAll(async () => {
    data = await newDataFolder();
    receiver = await startTestReceiver();
    receiver.answerWith(({ url }, response) => void response.end(url.searchParams.get('hub.challenge') ?? ''));
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    await phones.createPerson({ number: OWN, business: true });
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
    waba = String(at(await get('/v23.0/me'), 'id'));
  }, 90_000);
  afterAll(async () => {
    expect(await pombo.stop()).toBe(0);
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await pombo.call(method, path, body);
    expect({ status: answer.status, path, body: answer.body }).toMatchObject({ status: 200 });
    return answer.body;
  };
  const get = (path: string) => call('GET', path);

  it('shows the account, its number and the key', async () => {
    expect(await get(`/v23.0/${waba}`)).toMatchObject({ id: waba });
    expect(await get(`/${waba}/phone_numbers?fields=id,status`)).toMatchObject({
      data: [{ id: SESSION, status: 'CONNECTED' }],
    });
    expect(await get(`/v26.0/${SESSION}?fields=display_phone_number`)).toMatchObject({
      display_phone_number: `+${OWN}`,
    });
    expect(await get(`/debug_token?input_token=${pombo.apiKey}`)).toMatchObject({ data: { is_valid: true } });
  });

  it('asks WhatsApp: numbers, blocked people, profile', async () => {
    const contacts = ['+55 31 98765-4333', '+55 11 90000-0001'];
    expect(await call('POST', `/${SESSION}/contacts`, { blocking: 'wait', contacts })).toEqual({
      contacts: [
        { input: contacts[0], status: 'valid', wa_id: '5531987654333' },
        { input: contacts[1], status: 'invalid' },
      ],
    });
    const users = { messaging_product: 'whatsapp', block_users: [{ user: PERSON }] };
    const path = `/v23.0/${SESSION}/block_users`;
    expect(await call('POST', path, users)).toMatchObject({ block_users: { added_users: [{ wa_id: PERSON }] } });
    expect(await get(path)).toMatchObject({ data: [{ wa_id: PERSON }] });
    expect(await call('DELETE', path, users)).toMatchObject({ block_users: { removed_users: [{ wa_id: PERSON }] } });
    const profile = { about: 'Aberto', email: 'oi@loja.example', websites: ['https://loja.example'] };
    await call('POST', `/${SESSION}/whatsapp_business_profile`, { messaging_product: 'whatsapp', ...profile });
    expect(await get(`/${SESSION}/whatsapp_business_profile`)).toMatchObject({
      data: [{ ...profile, vertical: 'RETAIL' }],
    });
  });

  it('makes a group, lets people in and writes to it', async () => {
    const product = { messaging_product: 'whatsapp' };
    const made = await call('POST', `/v23.0/${SESSION}/groups`, { ...product, subject: 'Obra' });
    const group = String(at(made, 'id'));
    const participants = [{ user: PERSON }];
    expect(await call('POST', `/v23.0/${group}/participants`, { ...product, participants })).toMatchObject({
      participants: [{ wa_id: PERSON }],
    });
    await call('POST', `/v23.0/${SESSION}/messages`, {
      ...product,
      recipient_type: 'group',
      to: group,
      type: 'text',
      text: { body: 'Bem-vindos' },
    });
    await phones.waitForMessage(PERSON, ({ text, chat }) => text === 'Bem-vindos' && chat === `${group}@g.us`);
    expect(await get(`/v23.0/${group}?fields=participants`)).toMatchObject({ participants: [{ wa_id: PERSON }] });
    expect(await get(`/v23.0/${group}/invite_link`)).toMatchObject({ invite_link: at(made, 'invite_link') });
    expect(await call('DELETE', `/v23.0/${group}`)).toEqual({ success: true });
  });

  it('subscribes a receiver of the account and one of the number', async () => {
    const override = { override_callback_uri: receiver.url, verify_token: VERIFY_TOKEN };
    expect(await call('POST', `/${waba}/subscribed_apps`, override)).toMatchObject({ success: true });
    const apps = await get(`/${waba}/subscribed_apps`);
    expect(apps).toMatchObject({ data: [{ override_callback_uri: receiver.url }] });
    const webhook = String(at(apps, 'data', 0, 'whatsapp_business_api_data', 'id'));
    await call('PATCH', `/webhooks/${webhook}`, { headers: { 'X-Desk': 'one' }, enabled: false });
    expect(await call('POST', `/${waba}/subscribed_apps`, override)).toEqual({ success: true });
    expect(await get(`/webhooks/${webhook}`)).toMatchObject({ enabled: true });
    expect(receiver.received.at(-1)?.headers).toMatchObject({ 'x-desk': 'one' });
    await call('POST', `/${SESSION}`, { webhook_configuration: override });
    await call('POST', `/${SESSION}`, { webhook_configuration: { override_callback_uri: '' } });
    await phones.write(PERSON, OWN, 'chega?');
    await receiver.waitFor(({ body }) => body.includes('chega?'));
    await call('DELETE', `/${waba}/subscribed_apps`);
  });

  it('keeps message templates and sends them; the answer to a button comes back as Meta’s kind button', async () => {
    const template = {
      name: 'saiu',
      language: 'pt_BR',
      category: 'UTILITY',
      components: [
        { type: 'BODY', text: 'O pedido {{1}} saiu.', example: { body_text: [['42']] } },
        { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Parar' }] },
      ],
    };
    const id = String(at(await call('POST', `/${waba}/message_templates`, template), 'id'));
    expect(await get(`/${id}?fields=name`)).toEqual({ id, name: 'saiu' });
    await call('POST', `/${id}`, { category: 'MARKETING' });
    expect(await get(`/${waba}/message_templates?name=saiu`)).toMatchObject({ data: [{ id, category: 'MARKETING' }] });
    await call('POST', `/${waba}/subscribed_apps`, { override_callback_uri: receiver.url, verify_token: VERIFY_TOKEN });
    const sent = await call('POST', `/v23.0/${SESSION}/messages`, {
      messaging_product: 'whatsapp',
      to: PERSON,
      type: 'template',
      template: {
        name: 'saiu',
        language: { code: 'pt_BR' },
        components: [
          { type: 'body', parameters: [{ type: 'text', text: '4711' }] },
          { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'stop' }] },
        ],
      },
    });
    await phones.waitForMessage(PERSON, ({ text }) => text?.includes('O pedido 4711 saiu.') === true);
    // By then it is known what the numbers stand for; no person answers sooner.
    const wamid = String(at(sent, 'messages', 0, 'id'));
    await receiver.waitFor(({ body }) => body.includes(wamid) && body.includes('"status":"sent"'));
    await phones.write(PERSON, OWN, '1');
    const answered = await receiver.waitFor(({ body }) => body.includes('"type":"button"'));
    const value = at(JSON.parse(answered.body), 'entry', 0, 'changes', 0, 'value');
    expect(at(value, 'messages', 0)).toMatchObject({
      type: 'button',
      button: { payload: 'stop', text: 'Parar' },
      context: { id: wamid },
    });
    await call('DELETE', `/${waba}/subscribed_apps`);
    await call('DELETE', `/${waba}/message_templates?name=saiu`);
  });

  it('registers and deregisters the number', async () => {
    expect(await call('POST', `/${SESSION}/register`, { messaging_product: 'whatsapp', pin: '123456' })).toEqual({
      success: true,
    });
    expect(await call('POST', `/${SESSION}/deregister`)).toEqual({ success: true });
    await until(pombo, `/${SESSION}?fields=status`, (body) => at(body, 'status') === 'DISCONNECTED');
  });
});
