import { readFileSync } from 'node:fs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { deliver, outWamid, type Told } from '../support/delivered-events.ts';

const META = JSON.parse(
  readFileSync(new URL('meta-message-history.schema.json', import.meta.url), 'utf8'),
) as z.core.JSONSchema.JSONSchema;
const metas = (name: string): z.ZodType => z.fromJSONSchema({ ...META, $ref: `#/$defs/${name}` });
const HISTORY = metas('MessageHistoryResponse');
const EVENTS = metas('MessageHistoryEventsResponse');
const ALL_FIELDS =
  'fields=id,message_id,events{delivery_status,webhook_update_state,timestamp,application,webhook_uri,error_description}';
const HOUR_MS = 3_600_000;
const URL_OF_HOOK = 'https://93.184.216.34/hook';

describe('message_history', () => {
  let api: ApiTestBed;
  let session: string;
  let webhook: string;
  let accountId: string;
  let nowMs: number;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    session = await api.newSession({ createdAtMs: 1 });
    webhook = (await api.call('POST /webhooks', { body: { url: URL_OF_HOOK, name: 'Desk' } })).text('id');
    const { Items = [] } = await api.aws.documents.send(new ScanCommand({ TableName: 'endpoints' }));
    accountId = String(Items.find((item) => item['endpointId'] === webhook)?.['accountId']);
    nowMs = Date.now();
  });
  const tell = (message: number, hoursAgo: number, told: Partial<Told> = {}) =>
    deliver(api.aws, { webhook, accountId, session, message, atMs: nowMs - hoursAgo * HOUR_MS, told: 'sent', ...told });
  const list = async (query = '') => {
    const { status, json } = await api.call(`GET /v23.0/${session}/message_history${query}`);
    expect([status, HISTORY.safeParse(json).error]).toEqual([200, undefined]);
    return json;
  };
  const eventsOf = async (id: unknown, query = '') => {
    const { status, json } = await api.call(`GET /v23.0/${String(id)}/events${query}`);
    expect([status, EVENTS.safeParse(json).error]).toEqual([200, undefined]);
    return json;
  };
  const wamids = (json: unknown) => (at(json, 'data') as object[]).map((entry) => at(entry, 'message_id'));

  it('knows the schema of Meta well enough to find a wrong answer', () => {
    expect(HISTORY.safeParse({ data: [{ id: 7, message_id: 'x' }] }).success).toBe(false);
    expect(
      HISTORY.safeParse({
        data: [{ id: '7', message_id: 'x', events: { data: [{ id: '1', delivery_status: 'GONE', timestamp: 1 }] } }],
      }).success,
    ).toBe(false);
    expect(EVENTS.safeParse({ data: [{ node: { id: '1', delivery_status: 'SENT' } }] }).success).toBe(false);
  });

  it('lists messages newest first, with id and message_id unless more is asked for', async () => {
    await tell(1, 5);
    await tell(1, 1, { told: 'delivered' });
    await tell(2, 3);
    expect(await list()).toEqual({
      data: [1, 2].map((message) => ({
        id: expect.stringMatching(/^\d{45}$/) as string,
        message_id: outWamid(message),
      })),
      paging: {},
    });
  });

  it('shows what became of each status and of its webhook', async () => {
    await tell(1, 4);
    await tell(1, 3, { told: 'delivered', status: 'retrying' });
    await tell(1, 2, { told: 'read', status: 'parked' });
    await tell(1, 1, { told: 'played', status: 'dead', httpStatus: 503 });
    await tell(2, 9, {
      told: 'failed',
      errors: [{ code: 131026, title: 'Message undeliverable', message: 'Message undeliverable' }],
    });
    const json = await list(`?${ALL_FIELDS}&message_id=${outWamid(1)}`);
    const states = (at(json, 'data', 0, 'events', 'data') as object[]).map((one) => [
      at(one, 'delivery_status'),
      at(one, 'webhook_update_state'),
    ]);
    expect(states).toEqual([
      ['READ', 'FAILED'],
      ['READ', 'PENDING'],
      ['DELIVERED', 'RETRYING'],
      ['SENT', 'DELIVERED'],
    ]);
    expect(at(json, 'data', 0, 'events', 'data', 0)).toEqual({
      id: expect.stringMatching(/^dl_/) as string,
      delivery_status: 'READ',
      webhook_update_state: 'FAILED',
      timestamp: Math.floor((nowMs - HOUR_MS) / 1000),
      application: { id: webhook },
      webhook_uri: URL_OF_HOOK,
      error_description: 'answered 503',
    });
    const few = await list('?fields=message_id,events{timestamp,delivery_status}');
    expect(Object.keys(at(few, 'data', 1, 'events', 'data', 0) as object)).toEqual([
      'id',
      'delivery_status',
      'timestamp',
    ]);
  });

  it('tells all of one message behind its id, filtered by status', async () => {
    await tell(1, 70);
    await tell(1, 2, { told: 'read' });
    await tell(2, 1, {
      told: 'failed',
      errors: [
        { code: 131026, title: 'Message undeliverable', message: 'x', error_data: { details: 'not on WhatsApp' } },
      ],
    });
    const json = await list();
    const read = await eventsOf(at(json, 'data', 1, 'id'));
    expect((at(read, 'data') as object[]).map((edge) => at(edge, 'node', 'delivery_status'))).toEqual(['READ', 'SENT']);
    expect(at(read, 'data', 1, 'node')).toMatchObject({
      occurrence_timestamp: Math.floor((nowMs - 70 * HOUR_MS) / 1000),
      application: { id: webhook, name: 'Desk' },
    });
    expect(at(await eventsOf(at(json, 'data', 1, 'id'), '?status_filter=SENT'), 'data')).toHaveLength(1);
    expect(at(await eventsOf(at(json, 'data', 0, 'id')), 'data', 0, 'node', 'error_description')).toBe(
      'not on WhatsApp',
    );
  });

  it('leads through all messages page by page, and through the events behind each cursor', async () => {
    for (let message = 0; message < 9; message++) await tell(message, message);
    const found: unknown[] = [];
    let query = '?limit=2';
    for (let page = 0; page < 20 && query !== ''; page++) {
      const json = await list(query);
      found.push(...wamids(json));
      const after = at(json, 'paging', 'cursors', 'after');
      query = typeof after === 'string' ? `?limit=2&after=${after}` : '';
    }
    expect(found).toEqual(Array.from({ length: 9 }, (_, message) => outWamid(message)));
    await tell(0, 12, { told: 'delivered' });
    const id = at(await list(`?message_id=${outWamid(0)}`), 'data', 0, 'id');
    const first = await eventsOf(id, '?limit=1');
    const second = await eventsOf(id, `?limit=1&after=${String(at(first, 'data', 0, 'cursor'))}`);
    expect([at(first, 'data', 0, 'node', 'delivery_status'), at(second, 'data', 0, 'node', 'delivery_status')]).toEqual(
      ['SENT', 'DELIVERED'],
    );
  });

  it('shows neither inbound messages nor what happened to the number before it was this session', async () => {
    await deliver(api.aws, { webhook, accountId, session, message: 1, atMs: nowMs - HOUR_MS });
    await tell(2, 5);
    expect(wamids(await list())).toEqual([outWamid(2)]);
    session = await api.newSession();
    await tell(3, 5);
    expect(wamids(await list())).toEqual([]);
  });

  it.each([
    ['before=x', /^before: is not supported/],
    ['limit=101', /^limit: must be at most 100/],
    ['message_id=abc', /^message_id: must be a message id/],
    ['after=abc', /^after: must be/],
  ])('refuses ?%s', async (query, sentence) => {
    const { status, error } = await api.call(`GET /${session}/message_history?${query}`);
    expect([status, error().code, error().error_data?.details]).toEqual([400, 100, expect.stringMatching(sentence)]);
  });

  it('is read only', async () => {
    expect((await api.call(`POST /${session}/message_history`, { body: {} })).status).toBe(405);
    expect((await api.call(`POST /4${'0'.repeat(44)}/events`, { body: {} })).status).toBe(405);
  });

  it('shows nothing to another account: no session, and no events behind a foreign id', async () => {
    const key = api.otherKey;
    await tell(1, 1);
    const id = String(at(await list(), 'data', 0, 'id'));
    const { status, error } = await api.call(`GET /${session}/message_history`, { key });
    expect([status, error().code, error().error_subcode]).toEqual([400, 100, 33]);
    expect((await api.call(`GET /${id}/events`, { key })).json).toEqual({ data: [], paging: {} });
    expect(at(await eventsOf(id), 'data')).toHaveLength(1);
  });
});
