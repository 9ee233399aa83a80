import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryDetailSchema, DeliveryListSchema } from '#core/contracts/api/deliveries.ts';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';
import { deliver, type Told } from '../support/delivered-events.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOBODY = `wh_${'0'.repeat(24)}`;

describe('the deliveries function', () => {
  let api: ApiTestBed;
  let accountId: string;
  let webhook: string;
  let nowMs: number;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    nowMs = Date.now();
    webhook = await newWebhook();
    accountId = await accountOf(webhook);
  });

  const newWebhook = async (key?: string): Promise<string> =>
    (
      await api.call('POST /webhooks', {
        body: { url: 'https://93.184.216.34/' },
        ...(key === undefined ? {} : { key }),
      })
    ).text('id');
  const accountOf = async (endpointId: string): Promise<string> => {
    const { Items = [] } = await api.aws.documents.send(new ScanCommand({ TableName: 'endpoints' }));
    return String(Items.find((item) => item['endpointId'] === endpointId)?.['accountId']);
  };
  const tell = (told: Partial<Told> = {}) =>
    deliver(api.aws, { webhook, accountId, message: 1, atMs: nowMs - HOUR_MS, ...told });
  const ids = async (query = ''): Promise<string[]> => {
    const { status, json } = await api.call(`GET /deliveries${query}`);
    expect(status).toBe(200);
    return DeliveryListSchema.parse(json).data.map(({ id }) => id);
  };
  /** Follows the pages to the end. */
  const pages = async (query: string, limit: number): Promise<{ ids: string[]; calls: number }> => {
    const found: string[] = [];
    let after = '';
    for (let calls = 1; ; calls++) {
      const { json } = await api.call(`GET /deliveries?limit=${limit}${query}${after}`);
      const { data, paging } = DeliveryListSchema.parse(json);
      expect(data.length).toBeLessThanOrEqual(limit);
      found.push(...data.map(({ id }) => id));
      if (!paging.next) return { ids: found, calls };
      expect(calls).toBeLessThan(200);
      after = `&after=${paging.cursors?.after}`;
      expect(new URL(paging.next).searchParams.get('after')).toBe(paging.cursors?.after);
    }
  };

  it('lists what was sent to all webhooks of the account, newest first, without what is older than a day', async () => {
    const second = await newWebhook();
    const old = await tell({ message: 1, atMs: nowMs - 25 * HOUR_MS });
    const first = await tell({ message: 2, atMs: nowMs - 2 * HOUR_MS, status: 'dead' });
    const other = await tell({ message: 3, atMs: nowMs - HOUR_MS, webhook: second, told: 'read' });
    const { json } = await api.call('GET /deliveries');
    expect(DeliveryListSchema.parse(json).data).toEqual([
      expect.objectContaining({ id: other.id, webhook: second, event_type: 'statuses', status: 'delivered' }),
      {
        id: first.id,
        webhook,
        event_id: first.event.eventId,
        event_type: 'messages',
        session: '100200300',
        message: first.event.wamid,
        status: 'dead',
        attempts: 1,
        http_status: 500,
        error: 'answered 500',
        dead_reason: null,
        occurred_at: new Date(nowMs - 2 * HOUR_MS).toISOString(),
        updated_at: expect.any(String) as string,
        next_attempt_at: null,
      },
    ]);
    expect(json).toMatchObject({ paging: {} });
    expect(await ids(`?since=${new Date(nowMs - 26 * HOUR_MS).toISOString()}`)).toContain(old.id);
    expect(
      await ids(
        `?since=${Math.floor((nowMs - 26 * HOUR_MS) / 1000)}&until=${Math.floor((nowMs - 3 * HOUR_MS) / 1000)}`,
      ),
    ).toEqual([old.id]);
  });

  it('filters by webhook, status, kind, message and session', async () => {
    const second = await newWebhook();
    const session = await api.newSession();
    const dead = await tell({ message: 1, status: 'dead' });
    const parked = await tell({ message: 2, status: 'parked', webhook: second });
    const read = await tell({ message: 3, told: 'read', session });
    expect(await ids(`?webhook=${second}`)).toEqual([parked.id]);
    expect(await ids(`?endpoint=${second}`)).toEqual([parked.id]);
    expect(new Set(await ids('?status=dead,parked'))).toEqual(new Set([dead.id, parked.id]));
    expect(await ids('?type=statuses')).toEqual([read.id]);
    expect(await ids(`?message=${dead.event.wamid}`)).toEqual([dead.id]);
    expect(await ids(`?session=${session}`)).toEqual([read.id]);
    expect(await ids(`?session=${session}&status=dead`)).toEqual([]);
  });

  it('lists the dead letters of 30 days', async () => {
    const old = await tell({ message: 1, status: 'dead', atMs: nowMs - 29 * DAY_MS });
    await tell({ message: 2 });
    const { json } = await api.call('GET /dead-letters?limit=100');
    expect(DeliveryListSchema.parse(json).data.map(({ id }) => id)).toEqual([old.id]);
  });

  it('shows a delivery with its attempts, the answer’s beginning and what was sent', async () => {
    const { id, event } = await tell({ status: 'dead', httpStatus: 503 });
    const { status, json } = await api.call(`GET /deliveries/${id}`);
    expect(status).toBe(200);
    const shown = DeliveryDetailSchema.parse(json);
    expect(shown.history).toEqual([
      {
        at: new Date(nowMs - HOUR_MS).toISOString(),
        duration_ms: 12,
        http_status: 503,
        error: 'answered 503',
        remote_ip: '93.184.216.34',
        response: 'answer 503',
      },
    ]);
    expect(at(shown.body, 'entry', 0, 'changes', 0, 'value', 'messages', 0)).toMatchObject({
      id: event.wamid,
      text: { body: 'número 1' },
    });
  });

  it('gives every delivery once over any number of pages, whatever the days, webhooks and equal times', async () => {
    const webhooks = [webhook, await newWebhook(), await newWebhook()];
    const midnight = nowMs - (nowMs % DAY_MS);
    const moments = [0, 1, -1, -HOUR_MS, -DAY_MS, -DAY_MS - 1, -5 * DAY_MS, -20 * DAY_MS].map((ms) => midnight + ms);
    const made: { readonly id: string; readonly atMs: number }[] = [];
    for (let message = 0; message < 60; message++) {
      const atMs = moments[(message * 7) % moments.length] ?? midnight;
      // The same event for several webhooks has the same place in time.
      for (const one of webhooks.slice(message % 3))
        made.push({ atMs, ...(await tell({ webhook: one, message, atMs })) });
    }
    const expected = new Set(made.map(({ id }) => id));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (limit, filtered) => {
        const query = `&since=${Math.floor((nowMs - 29 * DAY_MS) / 1000)}${filtered ? '&status=delivered' : ''}`;
        const { ids: found } = await pages(query, limit);
        expect(found).toHaveLength(expected.size);
        expect(new Set(found)).toEqual(expected);
        const times = found.map((id) => made.find((one) => one.id === id)?.atMs ?? 0);
        expect(times).toEqual(times.toSorted((a, b) => b - a));
      }),
      { numRuns: 6 },
    );
  });

  it('does bounded work: a page without a find goes on from its cursor', async () => {
    const webhooks = [webhook, ...(await Promise.all(Array.from({ length: 9 }, () => newWebhook())))];
    const found = await tell({ message: 1, webhook: webhooks[9] ?? '', atMs: nowMs - 29 * DAY_MS, status: 'dead' });
    const { json } = await api.call('GET /dead-letters');
    expect(json).toMatchObject({ data: [], paging: { next: expect.any(String) as string } });
    const all = await pages(`&status=dead&since=${Math.floor((nowMs - 30 * DAY_MS + 60_000) / 1000)}`, 25);
    expect(all.ids).toEqual([found.id]);
    expect(all.calls).toBeGreaterThan(2);
  });

  it('asks for a webhook where there are too many to look at together', async () => {
    for (let count = 0; count < 64; count++) await newWebhook();
    const { status, error } = await api.call('GET /deliveries');
    expect([status, error().error_data?.details]).toEqual([400, expect.stringMatching(/^webhook: is required/)]);
    expect(await ids(`?webhook=${webhook}`)).toEqual([]);
  });

  it.each([
    ['limit=0', /^limit: must be at least 1/],
    ['limit=101', /^limit: must be at most 100/],
    ['limit=many', /^limit: must be a number/],
    ['after=nonsense', /^after: must be paging/],
    ['since=yesterday', /^since: must be a time in ISO 8601/],
    ['status=broken', /^status: must be one or several of delivered/],
    ['type=weather', /^type: must be one or several of messages/],
    ['message=abc', /^message: must be a message id/],
    ['webhook=7', /^webhook: a webhook id is wh_/],
    ['since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', /^until: must be later than since/],
  ])('refuses ?%s by the field’s name', async (query, sentence) => {
    const { status, error } = await api.call(`GET /deliveries?${query}`);
    expect([status, error().code, error().error_data?.details]).toEqual([400, 100, expect.stringMatching(sentence)]);
  });

  it('shows nothing to another account: neither lists, nor single deliveries, nor whether they exist', async () => {
    const key = api.otherKey;
    const { id, event } = await tell();
    const foreign = await api.call(`GET /deliveries/${id}`, { key });
    expect([foreign.status, foreign.error().error_subcode]).toEqual([404, 33]);
    expect(at((await api.call('GET /deliveries', { key })).json, 'data')).toEqual([]);
    expect(at((await api.call(`GET /deliveries?message=${event.wamid}`, { key })).json, 'data')).toEqual([]);
    const byWebhook = await api.call(`GET /deliveries?webhook=${webhook}`, { key });
    const byNobody = await api.call(`GET /deliveries?webhook=${NOBODY}`, { key });
    expect([byWebhook.status, byNobody.status]).toEqual([404, 404]);
    expect(byWebhook.error().message.replace(webhook, '')).toBe(byNobody.error().message.replace(NOBODY, ''));
    const session = await api.newSession();
    expect((await api.call(`GET /deliveries?session=${session}`, { key })).status).toBe(404);
    expect((await api.call(`GET /deliveries/${id}`)).status).toBe(200);
  });

  it('knows an id that is none, or of nothing, as missing', async () => {
    for (const id of ['dl_x', 'abc', `dl_${'A'.repeat(46)}`]) {
      expect((await api.call(`GET /deliveries/${id}`)).status).toBe(404);
    }
  });

  it('goes on with a foreign cursor only within its own webhooks', async () => {
    for (let message = 0; message < 5; message++) await tell({ message });
    const { json } = await api.call('GET /deliveries?limit=2');
    const after = String(at(json, 'paging', 'cursors', 'after'));
    expect(at((await api.call(`GET /deliveries?after=${after}`, { key: api.otherKey })).json, 'data')).toEqual([]);
  });
});
