import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { createTables, ttlAttributeOf } from '../../../local/dynamodb/create-tables.ts';
import { type DynamoFixture, EVENTS_TABLE, startFixture } from './dynamo-fixture.ts';

describe('createTables', () => {
  let fixture: DynamoFixture;
  beforeAll(async () => {
    fixture = await startFixture(new VirtualClock(0));
  });
  afterAll(() => fixture.close());

  it('keeps a table with its items when it exists with the same schema in another order', async () => {
    const [created] = await createTables(fixture.service, [{ name: 'kept', properties: EVENTS_TABLE }]);
    expect(created).toEqual({
      name: 'kept',
      arn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/kept',
      streamArn: undefined,
    });
    const Item = { pk: { S: 'a' }, sk: { S: 'b' } };
    await fixture.client.send(new PutItemCommand({ TableName: 'kept', Item }));
    const reordered = { ...EVENTS_TABLE, AttributeDefinitions: EVENTS_TABLE.AttributeDefinitions.toReversed() };
    await createTables(fixture.service, [{ name: 'kept', properties: reordered }]);
    expect((await fixture.client.send(new GetItemCommand({ TableName: 'kept', Key: Item }))).Item).toEqual(Item);
  });

  it('names the table and both schemas when an existing one has other keys', async () => {
    await createTables(fixture.service, [{ name: 'changed', properties: EVENTS_TABLE }]);
    const properties = { ...EVENTS_TABLE, KeySchema: EVENTS_TABLE.KeySchema.slice(0, 1) };
    const other = {
      ...EVENTS_TABLE,
      GlobalSecondaryIndexes: [],
      AttributeDefinitions: EVENTS_TABLE.AttributeDefinitions.slice(0, 2),
    };
    await expect(createTables(fixture.service, [{ name: 'changed', properties }])).rejects.toThrow(
      /Table changed in the data folder differs.*key \(pk S HASH\).*key \(pk S HASH, sk S RANGE\).*--reset/,
    );
    await expect(createTables(fixture.service, [{ name: 'changed', properties: other }])).rejects.toThrow(
      /index byStatus/,
    );
  });

  it('follows a changed time to live attribute', async () => {
    const withTtl = (AttributeName: string) => ({
      ...EVENTS_TABLE,
      TimeToLiveSpecification: { AttributeName, Enabled: 'true' },
    });
    await createTables(fixture.service, [{ name: 'moved', properties: withTtl('old') }]);
    await createTables(fixture.service, [{ name: 'moved', properties: withTtl('new') }]);
    expect(await ttlAttributeOf(fixture.service.call, 'moved')).toBe('new');
    await createTables(fixture.service, [
      { name: 'moved', properties: { ...EVENTS_TABLE, TimeToLiveSpecification: undefined } },
    ]);
    expect(await ttlAttributeOf(fixture.service.call, 'moved')).toBeUndefined();
  });

  it('reads an AWS::DynamoDB::Table with a stream and point-in-time recovery', async () => {
    const properties = {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'B' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    };
    const [created] = await createTables(fixture.service, [{ name: 'classic', properties }]);
    expect(created?.streamArn).toMatch(/^arn:aws:dynamodb:eu-west-1:000000000000:table\/classic\/stream\/./);
    expect(await fixture.service.backups.describe('classic')).toMatchObject({
      ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } },
    });
  });
});
