import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { type Received, startTestReceiver, type TestReceiver } from '../support/receiver.ts';

const HUB = 'x-hub-signature-256';

/** Written from the specifications: who of the holders of these secrets can verify. */
function verifiable(received: Received, secret: string): { meta: boolean; standard: boolean } {
  const hmac = createHmac('sha256', secret).update(received.body).digest('hex');
  let standard = true;
  try {
    new Webhook(secret).verify(received.body, received.headers as Record<string, string>);
  } catch {
    standard = false;
  }
  return { meta: received.headers[HUB] === `sha256=${hmac}`, standard };
}
const BOTH = { meta: true, standard: true };
const STANDARD_ONLY = { meta: false, standard: true };
const NEITHER = { meta: false, standard: false };

describe('trust between a webhook and its receiver', () => {
  let api: ApiTestBed;
  let receiver: TestReceiver;
  beforeAll(async () => {
    api = await startApi({ privateTargets: '127.0.0.0/8' });
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    receiver = await startTestReceiver();
  });
  afterEach(() => receiver.close());

  const create = (body: object = {}) => api.call('POST /webhooks', { body: { url: receiver.url, ...body } });
  const test = async (id: string, body?: object) => {
    const answer = await api.call(`POST /webhooks/${id}/test`, body ? { body } : {});
    const received = receiver.received.at(-1);
    if (!received) throw new Error('the receiver got nothing');
    return { answer, received };
  };

  describe('POST /webhooks/{id}/test', () => {
    it('sends a signed sample with the webhook’s own headers and says what came of it', async () => {
      receiver.answerWith((_, response) => void response.writeHead(202).end('thanks'));
      const created = await create({ headers: { 'X-Own': 'yes' } });
      const { answer, received } = await test(created.text('id'));
      expect(answer.json).toEqual({
        ok: true,
        status: 202,
        duration_ms: expect.any(Number) as number,
        response: 'thanks',
        error: null,
        webhook_id: received.headers['webhook-id'],
        signature_headers: ['X-Hub-Signature-256', 'webhook-signature'],
      });
      expect(verifiable(received, created.text('secret'))).toEqual(BOTH);
      expect(received.headers).toMatchObject({ 'x-own': 'yes', 'webhook-test': 'true', 'user-agent': 'Pombo/9.9.9' });
      expect(at(JSON.parse(received.body), 'entry', 0, 'changes', 0, 'value', 'messages', 0, 'type')).toBe('text');
      expect([...Buffer.from(received.body)].every((byte) => byte < 0x80)).toBe(true);
    });

    it('sends the first kind that the webhook hears of, or the one that is asked for', async () => {
      const id = (await create({ events: ['queue', 'sessions'] })).text('id');
      const field = ({ body }: Received) => at(JSON.parse(body), 'entry', 0, 'changes', 0, 'field');
      expect(field((await test(id)).received)).toBe('session_update');
      const { received } = await test(id, { event: 'statuses' });
      expect(at(JSON.parse(received.body), 'entry', 0, 'changes', 0, 'value', 'statuses', 0, 'status')).toBe(
        'delivered',
      );
    });

    it('tells of a receiver that fails, of one that is not there, and shows at most 1 KiB', async () => {
      const id = (await create()).text('id');
      receiver.answerWith((_, response) => void response.writeHead(500).end('x'.repeat(5000)));
      const { answer } = await test(id);
      expect([answer.status, at(answer.json, 'ok'), at(answer.json, 'status')]).toEqual([200, false, 500]);
      expect(answer.text('response')).toHaveLength(1024);
      await receiver.close();
      const gone = await api.call(`POST /webhooks/${id}/test`);
      expect(gone.json).toMatchObject({
        ok: false,
        status: null,
        error: expect.stringMatching(/^connect: /) as string,
      });
    });

    it('leaves no delivery', async () => {
      await test((await create()).text('id'));
      expect(at((await api.call('GET /deliveries')).json, 'data')).toEqual([]);
    });
  });

  describe('the handshake', () => {
    const echo = ({ url }: Received, response: { end(text: string): unknown }): void =>
      void response.end(url.searchParams.get('hub.challenge') ?? '');

    it('asks as Meta does before the webhook is created, and keeps the URL’s own query', async () => {
      receiver.answerWith(echo);
      const url = `${receiver.url}?tenant=7`;
      const body = { url, verify: true, verify_token: 'my token', headers: { 'X-Own': 'yes' } };
      expect((await api.call('POST /webhooks', { body })).status).toBe(201);
      const [asked] = receiver.received;
      expect(asked?.method).toBe('GET');
      expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
        tenant: '7',
        'hub.mode': 'subscribe',
        'hub.challenge': expect.stringMatching(/^\d+$/) as string,
        'hub.verify_token': 'my token',
      });
    });

    it('asks on request, with another challenge each time', async () => {
      receiver.answerWith(echo);
      const id = (await create()).text('id');
      const challenges = [];
      for (let round = 0; round < 2; round++) {
        const answer = await api.call(`POST /webhooks/${id}/verify`, { body: { verify_token: 't' } });
        expect(answer.json).toMatchObject({ ok: true, status: 200, error: null });
        challenges.push(receiver.received.at(-1)?.url.searchParams.get('hub.challenge'));
      }
      expect(new Set(challenges).size).toBe(2);
    });

    it.each([
      ['a wrong echo', 200, 'nope', /answered something else than the challenge \d+: "nope"/],
      ['no 200', 403, 'who are you', /answered 403 instead of 200: "who are you"/],
      ['a 201 with the right echo', 201, 'echo', /answered 201 instead of 200/],
    ])('refuses %s with what was answered, and stores nothing', async (_, status, body, sentence) => {
      receiver.answerWith(({ url }, response) => {
        response.writeHead(status).end(body === 'echo' ? url.searchParams.get('hub.challenge') : body);
      });
      const refused = await create({ verify: true });
      expect([refused.status, refused.error().error_data?.details]).toEqual([400, expect.stringMatching(sentence)]);
      expect(at((await api.call('GET /webhooks')).json, 'data')).toEqual([]);
      const id = (await create()).text('id');
      const changed = await api.call(`PATCH /webhooks/${id}`, { body: { name: 'new', verify: true } });
      expect(changed.status).toBe(400);
      expect((await api.call(`GET /webhooks/${id}`)).json).toMatchObject({ name: null });
      expect((await api.call(`POST /webhooks/${id}/verify`, { body: {} })).json).toMatchObject({ ok: false, status });
    });

    it('follows no redirect', async () => {
      receiver.answerWith(({ url }, response) => {
        if (url.pathname === '/other') echo({ url } as Received, response);
        else response.writeHead(302, { location: `/other${url.search}` }).end();
      });
      expect((await create({ verify: true })).status).toBe(400);
      expect(receiver.received).toHaveLength(1);
    });
  });

  describe('rotation of the secret', () => {
    it('lets both secrets verify by Standard Webhooks, and Meta’s header stay with the old one until it is confirmed', async () => {
      const created = await create();
      const [id, old] = [created.text('id'), created.text('secret')];
      const rotated = await api.call(`POST /webhooks/${id}/rotate-secret`);
      const fresh = rotated.text('secret');
      expect(fresh).toMatch(/^whsec_/);
      expect(Date.parse(rotated.text('old_secret_until')) - Date.now()).toBeGreaterThan(86_390_000);
      const during = (await test(id)).received;
      expect([verifiable(during, old), verifiable(during, fresh)]).toEqual([BOTH, STANDARD_ONLY]);
      expect((await api.call(`GET /webhooks/${id}`)).json).toMatchObject({
        rotation: { old_secret_until: rotated.text('old_secret_until') },
      });
      expect((await api.call(`POST /webhooks/${id}/rotate-secret/confirm`)).json).toEqual({ success: true });
      const after = (await test(id)).received;
      expect([verifiable(after, old), verifiable(after, fresh)]).toEqual([NEITHER, BOTH]);
      expect((await api.call(`GET /webhooks/${id}`)).json).toMatchObject({ rotation: null });
    });

    it('revokes the old secret at once by a grace of 0', async () => {
      const created = await create();
      const id = created.text('id');
      const rotated = await api.call(`POST /webhooks/${id}/rotate-secret`, { body: { grace_seconds: 0 } });
      expect(rotated.json).toMatchObject({ old_secret_until: null });
      const { received } = await test(id);
      expect([verifiable(received, created.text('secret')), verifiable(received, rotated.text('secret'))]).toEqual([
        NEITHER,
        BOTH,
      ]);
    });

    it('makes no third secret: a second rotation is refused, or started anew from the old one', async () => {
      const created = await create();
      const [id, old] = [created.text('id'), created.text('secret')];
      const lost = (await api.call(`POST /webhooks/${id}/rotate-secret`)).text('secret');
      const refused = await api.call(`POST /webhooks/${id}/rotate-secret`);
      expect([refused.status, refused.error().code]).toEqual([409, 100]);
      const fresh = (await api.call(`POST /webhooks/${id}/rotate-secret`, { body: { restart: true } })).text('secret');
      const { received } = await test(id);
      expect([old, lost, fresh].map((secret) => verifiable(received, secret))).toEqual([BOTH, NEITHER, STANDARD_ONLY]);
    });

    it('lets one of two rotations at the same time win', async () => {
      const id = (await create()).text('id');
      const answers = await Promise.all([1, 2, 3].map(() => api.call(`POST /webhooks/${id}/rotate-secret`)));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
      const fresh = answers.find(({ status }) => status === 200)?.text('secret') ?? '';
      expect(verifiable((await test(id)).received, fresh)).toEqual(STANDARD_ONLY);
    });

    it.each([-1, 604_801, 1.5, 'a day'])('refuses a grace of %s', async (grace_seconds) => {
      const id = (await create()).text('id');
      const { status, error } = await api.call(`POST /webhooks/${id}/rotate-secret`, { body: { grace_seconds } });
      expect([status, error().error_data?.details]).toEqual([400, expect.stringMatching(/^grace_seconds: must be/)]);
    });
  });
});
