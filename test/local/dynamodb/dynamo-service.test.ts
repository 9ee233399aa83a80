import {
  BatchWriteItemCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../local/aws/authorize.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { type DynamoFixture, EVENTS_TABLE, startFixture } from './dynamo-fixture.ts';

const START_MS = Date.UTC(2026, 10, 20);
const TableName = 'events';
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: '1' } });

describe('DynamoService', () => {
  let fixture: DynamoFixture;
  const asked: AwsRequest[] = [];
  let refuse = '';
  let fault: ((action: string, table: string | undefined) => AwsError | undefined) | undefined;

  beforeAll(async () => {
    fixture = await startFixture(new VirtualClock(START_MS), {
      authorize(request) {
        asked.push(request);
        if (request.action === refuse) throw new AwsError('AccessDeniedException', `${request.accessKeyId} may not.`);
      },
      beforeCall: (action, table) => fault?.(action, table),
    });
    await createTables(fixture.service, [{ name: TableName, properties: EVENTS_TABLE }]);
  });
  afterAll(async () => {
    expect(fixture.defects).toEqual([]);
    await fixture.close();
  });

  it('says which item is meant where its key has one part only', async () => {
    const { client } = fixture;
    asked.length = 0;
    const values = { ':one': { N: '1' } };
    const update = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: values };
    await client.send(new UpdateItemCommand({ TableName, Key: key('two parts'), ...update }));
    const single = { TableName: 'singles', Key: { id: { S: 'lease#1' } }, ...update };
    await client.send(new UpdateItemCommand(single)).catch(() => undefined);
    expect(asked.map(({ context }) => context?.['dynamodb:LeadingKeys'])).toEqual([undefined, 'lease#1']);
  });

  it('returns the item when a condition fails and the old item is asked for', async () => {
    const { client } = fixture;
    await client.send(new PutItemCommand({ TableName, Item: { ...key('conditional'), n: { N: '1' } } }));
    const second = client.send(
      new PutItemCommand({
        TableName,
        Item: key('conditional'),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    await expect(second).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { ...key('conditional'), n: { N: '1' } },
    });
  });

  it('rolls a transaction back and names the reasons when one condition fails', async () => {
    const { client } = fixture;
    await client.send(new PutItemCommand({ TableName, Item: key('taken') }));
    const transaction = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key('new') } },
          { Put: { TableName, Item: key('taken'), ConditionExpression: 'attribute_not_exists(pk)' } },
        ],
      }),
    );
    await expect(transaction).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    });
    expect((await client.send(new GetItemCommand({ TableName, Key: key('new') }))).Item).toBeUndefined();
  });

  it('queries an index page by page', async () => {
    const { client } = fixture;
    for (const pk of ['a', 'b', 'c']) {
      await client.send(new PutItemCommand({ TableName, Item: { ...key(pk), status: { S: 'open' } } }));
    }
    const query = {
      TableName,
      IndexName: 'byStatus',
      KeyConditionExpression: '#s = :open',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':open': { S: 'open' } },
      Limit: 2,
    };
    const first = await client.send(new QueryCommand(query));
    const rest = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }));
    expect([...(first.Items ?? []), ...(rest.Items ?? [])].map((item) => item['pk']?.S ?? '').sort()).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('passes on items as large as DynamoDB takes them', async () => {
    const { client } = fixture;
    const big = '🕊'.repeat(95_000);
    await client.send(new PutItemCommand({ TableName, Item: { ...key('big'), big: { S: big } } }));
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('big') }));
    expect(Item?.['big']?.S).toBe(big);
  });

  it('keeps data that looks like an ARN of the backend and corrects the ARNs of tables', async () => {
    const { client } = fixture;
    const text = 'arn:aws:dynamodb:dynoxide:000000000000:table/x';
    await client.send(new PutItemCommand({ TableName, Item: { ...key('arn'), text: { S: text } } }));
    expect((await client.send(new GetItemCommand({ TableName, Key: key('arn') }))).Item?.['text']?.S).toBe(text);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table?.TableArn).toBe('arn:aws:dynamodb:eu-west-1:000000000000:table/events');
    expect(JSON.stringify(Table)).not.toContain('dynoxide');
  });

  it('describes time to live and point-in-time recovery of the template', async () => {
    const { client } = fixture;
    expect((await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'expires_at',
    });
    const describeBackups = async () =>
      (await client.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription
        ?.PointInTimeRecoveryDescription;
    expect(await describeBackups()).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
      EarliestRestorableDateTime: new Date(START_MS),
    });
    await client.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      }),
    );
    expect(await describeBackups()).toEqual({ PointInTimeRecoveryStatus: 'DISABLED' });
    await expect(client.send(new DescribeContinuousBackupsCommand({ TableName: 'none' }))).rejects.toMatchObject({
      name: 'TableNotFoundException',
    });
  });

  it('asks for the permissions that IAM would ask for', async () => {
    const { client } = fixture;
    const of = async (call: Promise<unknown>): Promise<string[]> => {
      asked.length = 0;
      await call;
      return asked.map((one) => `${one.accessKeyId} ${one.action} ${one.resource}`);
    };
    const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/events';
    const Update = {
      TableName,
      Key: key('p'),
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeValues: { ':x': { N: '1' } },
    };
    expect(await of(client.send(new UpdateItemCommand(Update)))).toEqual([`ROLEA dynamodb:UpdateItem ${arn}`]);
    const TransactItems = [{ Update }, { Put: { TableName, Item: key('q') } }, { Put: { TableName, Item: key('r') } }];
    expect(await of(client.send(new TransactWriteItemsCommand({ TransactItems })))).toEqual([
      `ROLEA dynamodb:UpdateItem ${arn}`,
      `ROLEA dynamodb:PutItem ${arn}`,
    ]);
    const RequestItems = { [TableName]: [{ PutRequest: { Item: key('s') } }] };
    expect(await of(client.send(new BatchWriteItemCommand({ RequestItems })))).toEqual([
      `ROLEA dynamodb:BatchWriteItem ${arn}`,
    ]);
    const query = {
      TableName,
      IndexName: 'byStatus',
      KeyConditionExpression: '#s = :x',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':x': { S: 'x' } },
    };
    expect(await of(client.send(new QueryCommand(query)))).toEqual([`ROLEA dynamodb:Query ${arn}/index/byStatus`]);
    expect(await of(client.send(new ListTablesCommand({})))).toEqual(['ROLEA dynamodb:ListTables *']);
  });

  it('does nothing and answers AccessDeniedException when the role does not allow the action', async () => {
    const { client } = fixture;
    refuse = 'dynamodb:PutItem';
    const refused = { name: 'AccessDeniedException', message: 'ROLEA may not.' };
    const Put = { TableName, Item: key('denied') };
    await expect(client.send(new PutItemCommand(Put))).rejects.toMatchObject(refused);
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }))).rejects.toMatchObject(
      refused,
    );
    refuse = '';
    expect((await client.send(new GetItemCommand({ TableName, Key: key('denied') }))).Item).toBeUndefined();
  });

  it('answers the injected fault for the action and table that it is meant for', async () => {
    const { client } = fixture;
    fault = (action, table) =>
      action === 'PutItem' && table === TableName
        ? new AwsError('ProvisionedThroughputExceededException', 'Slow down.')
        : undefined;
    await expect(client.send(new PutItemCommand({ TableName, Item: key('f') }))).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    await client.send(new GetItemCommand({ TableName, Key: key('f') }));
    fault = undefined;
  });

  it('answers ResourceNotFoundException when the table does not exist', async () => {
    const put = fixture.client.send(new PutItemCommand({ TableName: 'none', Item: key('x') }));
    await expect(put).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('refuses what is not JSON', async () => {
    const response = await fetch(fixture.server.endpoint, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261120/eu-west-1/dynamodb/aws4_request' },
      body: '{',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });
});
