import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { makeDeliveryCountRows } from '#core/adapters/dynamodb/delivery-count-rows.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { readMonitoringEndpoints } from '#core/adapters/dynamodb/monitoring-endpoints.ts';
import { makeDeliveryMonitor } from '#core/adapters/monitoring.ts';
import { type Event, EventSchema, type QueueEvent } from '#core/contracts/event.ts';
import { type EndpointRow, EndpointRowSchema } from '#core/contracts/rows/endpoint-row.ts';
import { lanesOf } from '#core/domain/delivery/backlog-keys.ts';
import { type EndpointId, EndpointIdSchema } from '#core/domain/ids.ts';
import { parkedOf } from '../../../functions/queue-stats/account-depth.ts';
import { reportQueues } from '../../../functions/queue-stats/report-queues.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { startTables, type Tables } from '../../support/dynamo-tables.ts';

const MINUTE_MS = 60_000;
/** 5 s into a minute. */
const START_MS = Date.parse('2026-11-20T10:00:05Z');
const ACCOUNT = '123456789012345678';
const OTHER_ACCOUNT = '223456789012345678';

const idOf = (n: number): EndpointId => EndpointIdSchema.parse(`wh_${String(n).padStart(24, '0')}`);
const SHOP = idOf(1);
const MONITOR = idOf(2);

const endpoint = (endpointId: EndpointId, changes: object = {}): EndpointRow =>
  EndpointRowSchema.parse({
    accountId: ACCOUNT,
    endpointId,
    url: 'https://example.com/',
    events: ['messages', 'statuses', 'sessions'],
    secretCiphertext: '',
    createdAtMs: 0,
    ...changes,
  });
const monitor = endpoint(MONITOR, { events: ['queue'], monitoring: 'yes' });

const eventOf = (n: number, changes: object = {}): Event =>
  EventSchema.parse({
    version: 1,
    type: 'status',
    eventId: n.toString(16).padStart(32, '0'),
    accountId: ACCOUNT,
    sessionId: '100200300',
    sessionUid: '0123456789abcdef01234567',
    displayPhoneNumber: '',
    occurredAtMs: START_MS,
    wamid: 'wamid.X',
    status: 'sent',
    recipientId: '5511987654321',
    recipientType: 'individual',
    ...changes,
  });

describe('monitoring', () => {
  let tables: Tables;
  let clock: VirtualClock;
  let requests: string[];
  let published: QueueEvent[];
  let isQueueDown: boolean;
  let isDynamoDown = false;

  beforeAll(async () => {
    tables = await startTables('limits', 'endpoints', 'endpointStates', 'backlog');
    tables.dynamo.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          requests.push(commandName ?? '');
          if (isDynamoDown) throw new Error('DynamoDB is down');
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  afterAll(() => tables.stop());
  beforeEach(async () => {
    requests = [];
    await tables.empty();
    clock = new VirtualClock(START_MS);
    published = [];
    isQueueDown = false;
  });

  const put = async (TableName: string, Item: object) =>
    await tables.dynamo.send(new PutCommand({ TableName, Item: Item as Record<string, unknown> }));
  const makeMonitor = () =>
    makeDeliveryMonitor({
      dynamo: tables.dynamo,
      endpointsTable: 'endpoints',
      limitsTable: 'limits',
      clock,
      onFailure: (error) => {
        throw error as Error;
      },
    });
  const report = async () => {
    requests = [];
    const backlog = makeBacklogRepository({ dynamo: tables.dynamo, tableName: 'backlog', clock });
    return await reportQueues({
      monitoring: () => readMonitoringEndpoints({ dynamo: tables.dynamo, endpointsTable: 'endpoints' }),
      counts: makeDeliveryCountRows({ dynamo: tables.dynamo, limitsTable: 'limits' }),
      endpoints: makeEndpointRepository({ dynamo: tables.dynamo, tableName: 'endpoints' }),
      parkedOf: (ids) =>
        parkedOf({ dynamo: tables.dynamo, statesTable: 'endpointStates', backlog, nowMs: clock.now() }, ids),
      queued: () => Promise.resolve(7),
      publisher: {
        publish: (event) => {
          if (isQueueDown) return Promise.reject(new Error('SQS is down'));
          published.push(EventSchema.parse(event) as QueueEvent);
          return Promise.resolve();
        },
      },
      clock,
    });
  };
  const told = (kind: QueueEvent['report']) => published.filter((event) => event.report === kind);

  it('costs one query each where nobody monitors, and writes nothing', async () => {
    await put('endpoints', endpoint(SHOP));
    requests = [];
    const counting = makeMonitor();
    for (let n = 0; n < 20; n++) {
      counting.count({ endpointId: SHOP, event: eventOf(n) }, 'delivered');
      await counting.flush();
    }
    expect(requests).toEqual(['QueryCommand']);
    expect(await tables.rows('limits')).toEqual([]);
    await clock.advance(2 * MINUTE_MS);
    expect(await report()).toEqual({ published: 0 });
    expect(requests).toEqual(['QueryCommand']);
  });

  it('writes a batch with one update and tells its counts a minute later, once', async () => {
    await put('endpoints', endpoint(SHOP));
    await put('endpoints', monitor);
    const counting = makeMonitor();
    for (let n = 0; n < 6; n++) counting.count({ endpointId: SHOP, event: eventOf(n) }, 'delivered');
    for (let n = 6; n < 9; n++) counting.count({ endpointId: SHOP, event: eventOf(n) }, 'filtered');
    counting.count({ endpointId: SHOP, event: eventOf(9) }, 'dead', { httpStatus: 404, error: 'answered 404' });
    counting.count({ endpointId: SHOP, event: eventOf(10) }, 'dead', { httpStatus: 500, error: 'answered 500' });
    requests = [];
    await counting.flush();
    expect(requests).toEqual(['QueryCommand', 'UpdateItemCommand']);

    await clock.advance(MINUTE_MS);
    await report();
    expect(told('queue.stats').map(({ data }) => data['delivered'])).toEqual([0]);
    published = [];
    await clock.advance(10_000);
    await report();
    expect(told('queue.stats')).toMatchObject([
      {
        occurredAtMs: Date.parse('2026-11-20T10:01:00Z'),
        data: {
          minute: '2026-11-20T10:00:00.000Z',
          delivered: 6,
          processed: 8,
          filtered: 3,
          dead: 2,
          parked: 0,
          depth: 0,
          depth_is_at_least: false,
          deployment_queued: 7,
        },
      },
    ]);
    expect(told('filter.applied').map(({ data }) => data)).toEqual([
      { minute: '2026-11-20T10:00:00.000Z', webhook_id: SHOP, count: 3 },
    ]);
    expect(told('queue.error').map(({ data }) => data)).toEqual([
      {
        minute: '2026-11-20T10:00:00.000Z',
        webhook_id: SHOP,
        error: 'dead',
        count: 2,
        last_event_id: eventOf(10).eventId,
        last_http_status: 500,
        last_error: 'answered 500',
      },
    ]);
    expect(await report()).toEqual({ published: 0 });
  });

  it('adds up what many functions count in the same minute', async () => {
    await put('endpoints', monitor);
    const functions = Array.from({ length: 20 }, makeMonitor);
    await Promise.all(
      functions.map(async (counting, n) => {
        counting.count({ endpointId: SHOP, event: eventOf(n) }, 'parked');
        await counting.flush();
      }),
    );
    await clock.advance(MINUTE_MS + 10_000);
    await report();
    expect(told('queue.error').map(({ data }) => data['count'])).toEqual([20]);
  });

  it('never reports about monitoring itself', async () => {
    await put('endpoints', monitor);
    const counting = makeMonitor();
    const queue = EventSchema.parse({
      version: 1,
      type: 'queue',
      eventId: 'f'.repeat(32),
      accountId: ACCOUNT,
      occurredAtMs: START_MS,
      report: 'queue.stats',
      data: {},
    });
    counting.count({ endpointId: MONITOR, event: queue }, 'dead');
    counting.count({ endpointId: MONITOR, event: eventOf(1) }, 'dead');
    await counting.flush();
    await clock.advance(MINUTE_MS + 10_000);
    await report();
    expect(told('queue.error')).toEqual([]);
    expect(told('queue.stats').map(({ data }) => data['dead'])).toEqual([1]);
  });

  it('tells each account its own and skips monitors that are disabled', async () => {
    await put('endpoints', monitor);
    await put('endpoints', { ...monitor, accountId: OTHER_ACCOUNT, disabled: { atMs: 0, reason: 'gone' } });
    const counting = makeMonitor();
    counting.count({ endpointId: SHOP, event: eventOf(1) }, 'delivered');
    counting.count({ endpointId: SHOP, event: eventOf(2, { accountId: OTHER_ACCOUNT }) }, 'delivered');
    await counting.flush();
    expect(await tables.rows('limits')).toHaveLength(1);
    await clock.advance(MINUTE_MS + 10_000);
    await report();
    expect(published.map(({ accountId, data }) => [accountId, data['delivered']])).toEqual([[ACCOUNT, 1]]);
  });

  it('tells a minute again under the same ids when it could not be told', async () => {
    await put('endpoints', monitor);
    const counting = makeMonitor();
    counting.count({ endpointId: SHOP, event: eventOf(1) }, 'refused');
    await counting.flush();
    await clock.advance(MINUTE_MS + 10_000);
    await report();
    const first = published;
    published = [];
    await clock.advance(MINUTE_MS);
    counting.count({ endpointId: SHOP, event: eventOf(2) }, 'refused');
    await counting.flush();
    isQueueDown = true;
    await expect(report()).rejects.toThrow('SQS is down');
    isQueueDown = false;
    await clock.advance(MINUTE_MS);
    await report();
    // Both minutes that passed since, none of the one before.
    expect(told('queue.stats').map(({ data }) => data['minute'])).toEqual([
      '2026-11-20T10:01:00.000Z',
      '2026-11-20T10:02:00.000Z',
    ]);
    expect(told('queue.stats').map(({ data }) => data['depth'])).toEqual([null, 0]);
    const ids = [...first, ...published].map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps what a table that does not answer did not take, and writes it with the next batch', async () => {
    await put('endpoints', monitor);
    const failures: unknown[] = [];
    const counting = makeDeliveryMonitor({
      dynamo: tables.dynamo,
      endpointsTable: 'endpoints',
      limitsTable: 'limits',
      clock,
      onFailure: (error) => failures.push(error),
    });
    isDynamoDown = true;
    counting.count({ endpointId: SHOP, event: eventOf(1) }, 'delivered');
    await counting.flush();
    expect(failures).toHaveLength(1);
    isDynamoDown = false;
    counting.count({ endpointId: SHOP, event: eventOf(2) }, 'delivered');
    await counting.flush();
    expect(await tables.rows('limits')).toMatchObject([{ [`${SHOP}#delivered`]: 2 }]);
  });

  it('counts what is parked of endpoints that fail, up to a thousand', async () => {
    await put('endpoints', endpoint(SHOP));
    await put('endpoints', monitor);
    await put('endpointStates', {
      endpointId: SHOP,
      breaker: 'open',
      generation: 1,
      updatedAtMs: START_MS,
      lastFailureAtMs: START_MS,
    });
    const [lane = '', other = ''] = lanesOf(SHOP);
    for (let n = 0; n < 3; n++) await put('backlog', { lane, position: `~#${n}` });
    await put('backlog', { lane: other, position: 'aa#1' });
    await put('backlog', { lane: other, position: '!aa' });
    await clock.advance(MINUTE_MS + 10_000);
    await report();
    expect(told('queue.stats').map(({ data }) => data['depth'])).toEqual([4]);
  });
});
