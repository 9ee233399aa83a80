import process from 'node:process';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeEndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import { makeWebhookSecrets } from '#core/adapters/kms-secrets.ts';
import { type EndpointRow, EndpointRowSchema } from '#core/contracts/rows/endpoint-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import { EndpointIdSchema } from '#core/domain/ids.ts';
import { Env } from '#core/resource-names.ts';
import { at } from '../../support/pombo.ts';
import { type ApiTestBed, startApi } from '../support/api-test-bed.ts';

const URL_OF_ALL = 'https://93.184.216.34/hook';

const ALL = {
  name: 'Help desk',
  url: URL_OF_ALL,
  events: ['messages', 'queue'],
  direction: 'inbound',
  chats: 'group',
  ordering: 'overtake',
  headers: { Authorization: 'Bearer very-secret', 'X-Tenant': '7' },
  rate: { per_second: 2.5 },
  retry: { max_attempts: 3, first_delay_seconds: 0.5, max_age_seconds: 3600 },
  timeout_seconds: 5,
  failure_url: 'https://93.184.216.34/failed',
  payload_version: 1,
  enabled: false,
} as const;

describe('settings of webhooks', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(() => api.reset());

  const create = async (body: object = {}): Promise<string> =>
    (await api.call('POST /webhooks', { body: { url: URL_OF_ALL, ...body } })).text('id');
  const refusal = async (request: string, body: object): Promise<string> => {
    const { status, error } = await api.call(request, { body });
    expect([status, error().code]).toEqual([400, 100]);
    return error().error_data?.details ?? '';
  };

  it('shows everything as it was set, header values masked and nowhere in clear', async () => {
    const created = await api.call('POST /webhooks', { body: ALL });
    expect(created.json).toMatchObject({
      ...ALL,
      headers: { Authorization: '********', 'X-Tenant': '********' },
      rate: { per_second: 2.5, burst: 5 },
      disabled: { reason: 'by_owner' },
      health: { state: 'disabled', parked: 0 },
    });
    const stored = await rowOf(api, created.text('id'));
    expect(JSON.stringify([stored, created.json])).not.toContain('very-secret');
    expect(stored).toMatchObject({ monitoring: 'yes', timeoutMs: 5000, retry: { firstDelayMs: 500 } });
  });

  it('changes what is named, leaves the rest, and goes back to the default by null', async () => {
    const id = (await api.call('POST /webhooks', { body: ALL })).text('id');
    const changed = await api.call(`PATCH /webhooks/${id}`, {
      body: { events: ['statuses'], rate: null, timeout_seconds: null, name: 'Bot', enabled: true, failure_url: null },
    });
    expect(changed.json).toMatchObject({
      ...ALL,
      name: 'Bot',
      events: ['statuses'],
      rate: null,
      timeout_seconds: null,
      failure_url: null,
      enabled: true,
      disabled: null,
      headers: { Authorization: '********' },
    });
    expect(await rowOf(api, id)).not.toHaveProperty('monitoring');
    expect((await api.call(`PATCH /webhooks/${id}`, { body: {} })).json).toEqual(changed.json);
    expect((await api.call(`GET /webhooks/${id}`)).json).toEqual(changed.json);
  });

  it('keeps a header whose masked value is sent back, and forgets one that is left out', async () => {
    const id = (await api.call('POST /webhooks', { body: ALL })).text('id');
    const body = { headers: { authorization: 'new', 'X-Tenant': '********' } };
    expect((await api.call(`PATCH /webhooks/${id}`, { body })).json).toMatchObject({
      headers: { authorization: '********', 'X-Tenant': '********' },
    });
    expect(await headersOf(api, id)).toEqual({ authorization: 'new', 'X-Tenant': '7' });
    expect(await refusal(`PATCH /webhooks/${id}`, { headers: { 'X-Unknown': '********' } })).toMatch(
      /^headers.X-Unknown: /,
    );
    await api.call(`PATCH /webhooks/${id}`, { body: { headers: null } });
    expect(await headersOf(api, id)).toEqual({});
  });

  it.each([
    ['a header of the connection', { headers: { Host: 'x' } }, /^headers\.Host: is set by Pombo itself/],
    ['content-length', { headers: { 'content-length': '1' } }, /^headers\.content-length: /],
    ['content-type', { headers: { 'Content-Type': 'text/plain' } }, /^headers\.Content-Type: /],
    ['a signature', { headers: { 'X-Hub-Signature-256': 'x' } }, /^headers\.X-Hub-Signature-256: /],
    ['a header of Standard Webhooks', { headers: { 'Webhook-Id': 'x' } }, /^headers\.Webhook-Id: /],
    ['a name with a space', { headers: { 'X A': 'x' } }, /^headers\.X A: is no name/],
    ['a line break in a value', { headers: { 'X-A': 'x\r\nEvil: 1' } }, /^headers\.X-A: must be printable ASCII/],
    ['too many headers', { headers: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`x-${i}`, ''])) }, /20/],
    ['one header in two cases', { headers: { 'X-A': '1', 'x-a': '2' } }, /^headers\.x-a: is there twice/],
    [
      'too much in headers',
      { headers: { a: 'x'.repeat(1024), b: 'x'.repeat(1024), c: 'x'.repeat(1024), d: 'x'.repeat(1024) } },
      /4096 bytes/,
    ],
    [
      'a retry age over 72 h',
      { retry: { max_age_seconds: 259_201 } },
      /^retry\.max_age_seconds: must be at most 259200/,
    ],
    ['no attempt at all', { retry: { max_attempts: 0 } }, /^retry\.max_attempts: must be at least 1/],
    ['a rate of 0', { rate: { per_second: 0 } }, /^rate\.per_second: must be more than 0/],
    ['an endless time-out', { timeout_seconds: 31 }, /^timeout_seconds: must be at most 30/],
    ['a private failure URL', { failure_url: 'http://169.254.169.254/' }, /^failure_url: must be reachable/],
    ['a private URL', { url: 'http://10.0.0.1/' }, /^url: must be reachable/],
    ['an unknown ordering', { ordering: 'random' }, /^ordering: must be one of strict, overtake/],
    ['an unknown version', { payload_version: 2 }, /^payload_version: must be 1/],
    ['a text for enabled', { enabled: 'yes' }, /^enabled: must be a boolean/],
  ])('refuses %s, at creation and in a change, by the field’s name', async (_, body, sentence) => {
    expect(await refusal('POST /webhooks', { url: URL_OF_ALL, ...body })).toMatch(sentence);
    expect(at((await api.call('GET /webhooks')).json, 'data')).toEqual([]);
    const id = await create();
    const before = (await api.call(`GET /webhooks/${id}`)).json;
    expect(await refusal(`PATCH /webhooks/${id}`, body)).toMatch(sentence);
    expect((await api.call(`GET /webhooks/${id}`)).json).toEqual(before);
  });

  it('forgets failures when it is switched on again, and only then', async () => {
    const id = await create();
    const endpointId = EndpointIdSchema.parse(id);
    const states = makeEndpointStateRepository({
      dynamo: api.aws.documents,
      tableName: 'endpointStates',
      clock: systemClock,
    });
    await states.noteFailures(endpointId, { attempts: 5, failures: 5, timedOut: false, succeeded: false });
    const seen = await states.get(endpointId);
    if (seen) await states.open(seen, { by: 'refused everything' });
    const paused = { state: 'paused', reason: 'refused everything', failing_since: expect.any(String) as string };
    expect((await api.call(`PATCH /webhooks/${id}`, { body: { enabled: true } })).json).toMatchObject({
      health: paused,
    });
    expect(at((await api.call('GET /webhooks')).json, 'data', 0, 'health', 'state')).toBe('paused');
    await api.call(`PATCH /webhooks/${id}`, { body: { enabled: false } });
    const on = await api.call(`PATCH /webhooks/${id}`, { body: { enabled: true } });
    expect(on.json).toMatchObject({ health: { state: 'healthy', failing_since: null, reason: null }, disabled: null });
  });

  it('does not hide why a webhook was switched off when its owner switches it off too', async () => {
    const id = await create();
    const endpoints = makeEndpointRepository({ dynamo: api.aws.documents, tableName: 'endpoints' });
    await endpoints.update(await rowOf(api, id), { disabled: { atMs: 1000, reason: 'gone' } });
    const off = await api.call(`PATCH /webhooks/${id}`, { body: { enabled: false } });
    expect(off.json).toMatchObject({ enabled: false, disabled: { reason: 'gone', since: '1970-01-01T00:00:01.000Z' } });
  });

  it('is nobody else’s: another account can’t see, change, test, verify, rotate or delete it', async () => {
    const id = await create();
    const key = api.otherKey;
    for (const request of [
      `GET /webhooks/${id}`,
      `DELETE /webhooks/${id}`,
      `PATCH /webhooks/${id}`,
      `POST /webhooks/${id}/test`,
      `POST /webhooks/${id}/verify`,
      `POST /webhooks/${id}/rotate-secret`,
      `POST /webhooks/${id}/rotate-secret/confirm`,
    ]) {
      const body = request.startsWith('P') ? { body: {} } : {};
      const foreign = await api.call(request, { key, ...body });
      const absent = await api.call(request.replace(id, `wh_${'0'.repeat(24)}`), { key, ...body });
      expect([foreign.status, foreign.error().code, foreign.error().error_subcode]).toEqual([404, 100, 33]);
      expect(foreign.error().message.replace(id, '')).toBe(absent.error().message.replace(`wh_${'0'.repeat(24)}`, ''));
    }
    expect((await api.call(`GET /webhooks/${id}`)).status).toBe(200);
  });
});

async function rowsOf(api: ApiTestBed): Promise<readonly EndpointRow[]> {
  const { Items = [] } = await api.aws.documents.send(new ScanCommand({ TableName: 'endpoints' }));
  return Items.map((item) => EndpointRowSchema.parse(item));
}

async function rowOf(api: ApiTestBed, id: string): Promise<EndpointRow> {
  const row = (await rowsOf(api)).find(({ endpointId }) => endpointId === id);
  if (!row) throw new Error(`there is no webhook ${id}`);
  return row;
}

async function headersOf(api: ApiTestBed, id: string): Promise<unknown> {
  const secrets = makeWebhookSecrets({ kms: makeKmsClient(), keyId: process.env[Env.secretsKeyId] ?? '' });
  return secrets.decryptHeaders(await rowOf(api, id));
}
