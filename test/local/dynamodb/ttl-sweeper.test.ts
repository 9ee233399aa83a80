import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import type { DynamoCall } from '../../../local/dynamodb/dynamo-call.ts';
import { TtlSweeper } from '../../../local/dynamodb/ttl-sweeper.ts';
import { type DynamoFixture, EVENTS_TABLE, startFixture } from './dynamo-fixture.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const NOW_S = NOW_MS / 1000;
const YEAR_S = 365 * 24 * 3600;

describe('TtlSweeper', () => {
  const clock = new VirtualClock(NOW_MS);
  let fixture: DynamoFixture;
  beforeAll(async () => {
    fixture = await startFixture(clock);
  });
  afterAll(() => fixture.close());

  const table = async (name: string, expiries: Readonly<Record<string, AttributeValue>>): Promise<void> => {
    await createTables(fixture.service, [{ name, properties: EVENTS_TABLE }]);
    for (const [pk, expires_at] of Object.entries(expiries)) {
      const Item = { pk: { S: pk }, sk: { S: '1' }, expires_at };
      await fixture.client.send(new PutItemCommand({ TableName: name, Item }));
    }
  };
  const keysIn = async (TableName: string): Promise<string[]> => {
    const { Items = [] } = await fixture.client.send(new ScanCommand({ TableName }));
    return Items.map((item) => item['pk']?.S ?? '').sort();
  };
  const failing = (error: unknown): never => {
    throw error;
  };

  it('deletes what has expired and nothing else', async () => {
    await table('kinds', {
      expired: { N: String(NOW_S - 1) },
      future: { N: String(NOW_S + 10) },
      milliseconds: { N: String(NOW_MS - 1) },
      ancient: { N: String(NOW_S - 5 * YEAR_S - 1) },
      text: { S: String(NOW_S - 1) },
    });
    const sweeper = new TtlSweeper({ clock, call: fixture.service.call, onError: failing });
    expect(await sweeper.sweepNow()).toBe(1);
    expect(await keysIn('kinds')).toEqual(['ancient', 'future', 'milliseconds', 'text']);
    await sweeper.close();
  });

  it('sweeps when a minute of the clock has passed', async () => {
    await table('timed', { soon: { N: String(clock.now() / 1000 + 30) } });
    const deleted = Promise.withResolvers<void>();
    const call: DynamoCall = async (action, input) => {
      const output = await fixture.service.call(action, input);
      if (action === 'DeleteItem' && JSON.stringify(input).includes('"timed"')) deleted.resolve();
      return output as never;
    };
    const sweeper = new TtlSweeper({ clock, call, onError: (error) => deleted.reject(error) });
    await clock.advance(60_000);
    await deleted.promise;
    expect(await keysIn('timed')).toEqual([]);
    await sweeper.close();
  });

  it('spares an item that was renewed after the scan', async () => {
    await table('renewed', { session: { N: String(clock.now() / 1000 - 5) } });
    const call: DynamoCall = async (action, input) => {
      if (action === 'DeleteItem') await table('renewed', { session: { N: String(clock.now() / 1000 + 60) } });
      return fixture.service.call(action, input) as never;
    };
    const sweeper = new TtlSweeper({ clock, call, onError: failing });
    expect(await sweeper.sweepNow()).toBe(0);
    expect(await keysIn('renewed')).toEqual(['session']);
    await sweeper.close();
  });

  it('reports a failed sweep and sweeps again a minute later', async () => {
    const failed = Promise.withResolvers<unknown>();
    const again = Promise.withResolvers<void>();
    let calls = 0;
    const call: DynamoCall = async () => {
      calls++;
      if (calls === 2) again.resolve();
      throw new AwsError('InternalServerError', 'The backend is down.', 500);
    };
    const sweeper = new TtlSweeper({ clock, call, onError: failed.resolve });
    await clock.advance(60_000);
    expect(await failed.promise).toMatchObject({ name: 'InternalServerError' });
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(60_000);
    await again.promise;
    await sweeper.close();
  });
});
