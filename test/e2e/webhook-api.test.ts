import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import { type Received, startTestReceiver, type TestReceiver } from '../functions/support/receiver.ts';
import { linkSession, sendText } from '../support/journey.ts';
import { at, newDataFolder, type Pombo, removeDataFolder, startPombo, until } from '../support/pombo.ts';

const SESSION = '100200300';
const OWN = '5511911112222';
const PERSON = '5511987654321';
const VERIFY_TOKEN = 'only I know this';
const REPLAY = 'webhook-replay';

const run = promisify(execFile);

const valueOf = ({ body }: Received): unknown => at(JSON.parse(body || '{}'), 'entry', 0, 'changes', 0, 'value');
const isText =
  (text: string) =>
  (received: Received): boolean =>
    received.headers['webhook-test'] === undefined && at(valueOf(received), 'messages', 0, 'text', 'body') === text;

/** As a Meta client does it, and by the library of Standard Webhooks. */
function verifiable({ headers, body }: Received, secret: string): { meta: boolean; standard: boolean } {
  const meta = headers['x-hub-signature-256'] === `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return { meta, standard: true };
  } catch {
    return { meta, standard: false };
  }
}

describe('the webhook API', () => {
  let pombo: Pombo;
  let phones: SandboxClient;
  let receiver: TestReceiver;
  let data: string;
  let webhook: string;
  let secret: string;
  /** What the receiver answers to webhooks. */
  let answer = { status: 200, body: '' };

  beforeAll(async () => {
    data = await newDataFolder();
    receiver = await startTestReceiver();
    receiver.answerWith(({ method, url }, response) => {
      if (method === 'POST') return void response.writeHead(answer.status).end(answer.body);
      const isMine = url.searchParams.get('hub.verify_token') === VERIFY_TOKEN;
      response.writeHead(isMine ? 200 : 403).end(isMine ? url.searchParams.get('hub.challenge') : 'who are you?');
    });
    pombo = await startPombo({ data });
    phones = new SandboxClient(pombo.sandbox);
    await linkSession(pombo, phones, { session: SESSION, phone: OWN });
  }, 90_000);

  afterAll(async () => {
    expect(await pombo.stop()).toBe(0);
    await receiver.close();
    await removeDataFolder(data);
  }, 60_000);

  it('asks the receiver before it subscribes it, and tells what a stranger answered', async () => {
    const settings = {
      url: receiver.url,
      session: SESSION,
      events: ['messages', 'statuses'],
      direction: 'inbound',
      headers: { 'X-Desk': 'seven' },
      retry: { first_delay_seconds: 1 },
      verify: true,
    };
    const refused = await pombo.call('POST', '/webhooks', { ...settings, verify_token: 'wrong' });
    expect([refused.status, at(refused.body, 'error', 'error_data', 'details')]).toEqual([
      400,
      'verify: the receiver answered 403 instead of 200: "who are you?".',
    ]);
    const created = await pombo.call('POST', '/webhooks', { ...settings, verify_token: VERIFY_TOKEN });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ headers: { 'X-Desk': '********' }, health: { state: 'healthy', parked: 0 } });
    webhook = String(at(created.body, 'id'));
    secret = String(at(created.body, 'secret'));
    const { body } = await pombo.call('POST', `/webhooks/${webhook}/verify`, { verify_token: VERIFY_TOKEN });
    expect(body).toMatchObject({ ok: true, status: 200 });
  });

  it('sends a signed test and says what came of it', async () => {
    const { body } = await pombo.call('POST', `/webhooks/${webhook}/test`);
    expect(body).toMatchObject({ ok: true, status: 200, error: null });
    const test = await receiver.waitFor(({ headers }) => headers['webhook-id'] === at(body, 'webhook_id'));
    expect(verifiable(test, secret)).toEqual({ meta: true, standard: true });
    expect(test.headers['x-desk']).toBe('seven');
  });

  it('brings what comes in with the webhook’s own header, and nothing of what goes out', async () => {
    const wamid = await sendText(pombo, SESSION, PERSON, 'bom dia');
    await phones.waitForMessage(PERSON, ({ text }) => text === 'bom dia');
    await phones.write(PERSON, OWN, 'oi');
    const arrived = await receiver.waitFor(isText('oi'));
    expect(verifiable(arrived, secret)).toEqual({ meta: true, standard: true });
    expect(arrived.headers['x-desk']).toBe('seven');
    expect(receiver.received.filter((one) => at(valueOf(one), 'statuses', 0, 'id') === wamid)).toEqual([]);
  });

  it('lists a delivery that fails with what was answered, and delivers it once the receiver works', async () => {
    answer = { status: 503, body: 'closed for lunch' };
    await phones.write(PERSON, OWN, 'alguém aí?');
    await receiver.waitFor(isText('alguém aí?'));
    const failing = await until(
      pombo,
      `/deliveries?webhook=${webhook}&status=failed,retrying,parked`,
      (body) => at(body, 'data', 0) !== undefined,
    );
    const delivery = String(at(failing, 'data', 0, 'id'));
    const shown = await pombo.call('GET', `/deliveries/${delivery}`);
    expect(at(shown.body, 'history', 0)).toMatchObject({
      http_status: 503,
      response: 'closed for lunch',
      remote_ip: '127.0.0.1',
    });
    expect(at(shown.body, 'body', 'entry', 0, 'changes', 0, 'value', 'messages', 0, 'text', 'body')).toBe('alguém aí?');
    answer = { status: 200, body: '' };
    await until(pombo, `/deliveries/${delivery}`, (body) => at(body, 'status') === 'delivered', 30_000);
    const attempts = receiver.received.filter(isText('alguém aí?'));
    expect(attempts.length).toBeGreaterThan(1);
    expect(new Set(attempts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('replays what was delivered under its old id, and counts', async () => {
    const first = await receiver.waitFor(isText('oi'));
    const events = [first.headers['webhook-id']];
    const { status, body } = await pombo.call('POST', '/replays', { webhook, events });
    expect(status).toBe(202);
    const job = String(at(body, 'id'));
    const again = await receiver.waitFor((one) => isText('oi')(one) && one.headers[REPLAY] === job);
    expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(again.body).toBe(first.body);
    expect(verifiable(again, secret)).toEqual({ meta: true, standard: true });
    const done = await until(pombo, `/replays/${job}`, (row) => at(row, 'status') === 'done');
    expect(done).toMatchObject({ queued: 1, skipped: 0 });
  });

  it('rotates the secret: both verify, Meta’s header stays with the old one until the rotation is confirmed', async () => {
    const test = async (): Promise<Received> => {
      const { body } = await pombo.call('POST', `/webhooks/${webhook}/test`, {});
      return await receiver.waitFor(({ headers }) => headers['webhook-id'] === at(body, 'webhook_id'));
    };
    const rotated = await pombo.call('POST', `/webhooks/${webhook}/rotate-secret`);
    const fresh = String(at(rotated.body, 'secret'));
    const during = await test();
    expect([verifiable(during, secret), verifiable(during, fresh)]).toEqual([
      { meta: true, standard: true },
      { meta: false, standard: true },
    ]);
    await pombo.call('POST', `/webhooks/${webhook}/rotate-secret/confirm`);
    const after = await test();
    expect([verifiable(after, secret), verifiable(after, fresh)]).toEqual([
      { meta: false, standard: false },
      { meta: true, standard: true },
    ]);
  });

  it('tells in Meta’s shape what became of a message', async () => {
    await pombo.call('POST', '/webhooks', { url: receiver.url, events: ['statuses'], name: 'Statuses' });
    const wamid = await sendText(pombo, SESSION, PERSON, 'boa tarde');
    const asked = `/v23.0/${SESSION}/message_history?message_id=${wamid}&fields=id,message_id,events{delivery_status,webhook_update_state}`;
    const history = await until(pombo, asked, (body) =>
      ((at(body, 'data', 0, 'events', 'data') ?? []) as object[]).some(
        (one) => at(one, 'delivery_status') === 'DELIVERED',
      ),
    );
    expect(at(history, 'data', 0)).toMatchObject({ message_id: wamid });
    const { body } = await pombo.call(
      'GET',
      `/v23.0/${String(at(history, 'data', 0, 'id'))}/events?status_filter=SENT`,
    );
    expect(at(body, 'data', 0, 'node')).toMatchObject({ delivery_status: 'SENT', application: { name: 'Statuses' } });
  });

  it('shows and does nothing for another account', async () => {
    const created = await run(process.execPath, ['bin/keys.ts', 'account', 'create', 'other', '--data', data]);
    const account = /Account (\d{18})/.exec(created.stdout)?.[1] ?? '';
    const key = (
      await run(process.execPath, ['bin/keys.ts', 'create', '--account', account, '--data', data])
    ).stdout.split('\n')[0];
    const foreign = { authorization: `Bearer ${key}` };
    const { body } = await pombo.call('GET', '/deliveries?limit=1');
    const delivery = String(at(body, 'data', 0, 'id'));
    const job = String(at((await pombo.call('GET', '/replays')).body, 'data', 0, 'id'));
    for (const [method, route, sent] of [
      ['GET', `/webhooks/${webhook}`],
      ['PATCH', `/webhooks/${webhook}`, { url: 'https://evil.example/' }],
      ['POST', `/webhooks/${webhook}/test`],
      ['POST', `/webhooks/${webhook}/rotate-secret`],
      ['GET', `/deliveries/${delivery}`],
      ['GET', `/deliveries?webhook=${webhook}`],
      ['GET', `/replays/${job}`],
      ['POST', `/replays/${job}/cancel`],
      ['POST', '/replays', { webhook }],
      ['POST', '/replays', { deliveries: [delivery] }],
    ] as const) {
      const answered = await pombo.call(method, route, sent, foreign);
      expect([route, answered.status, at(answered.body, 'error', 'error_subcode')]).toEqual([route, 404, 33]);
    }
    for (const route of ['/webhooks', '/deliveries', '/dead-letters', '/replays']) {
      expect(at((await pombo.call('GET', route, undefined, foreign)).body, 'data')).toEqual([]);
    }
  });
});
