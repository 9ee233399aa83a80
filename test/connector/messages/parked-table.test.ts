import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { type SessionUid, SessionUidSchema } from '#core/domain/ids.ts';
import { TTL_ATTRIBUTE } from '#core/resource-names.ts';
import { makeParkedTable, type ParkedGlance, type ParkedMessage } from '../../../connector/messages/parked-table.ts';
import { makePrivateWriters } from '../../../connector/messages/private-writers.ts';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { DynamoService } from '../../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { tableProperties } from '../bed-tables.ts';
import { command, START_MS } from '../outbox/outbox-bed.ts';

const closing: (() => unknown)[] = [];
let dynamo: DynamoDBDocumentClient;
let uid: SessionUid;
let uids = 0;

beforeAll(async () => {
  const process = await startDynamo({});
  const service = new DynamoService({ endpoint: process.endpoint, clock: systemClock, authorize: () => undefined });
  const server = await startAwsServer({
    services: new Map([['dynamodb', service]]),
    onDefect: (error) => expect.fail(String(error)),
  });
  await createTables(service, [{ name: 'messages', properties: tableProperties('messages') }]);
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  dynamo = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials }),
  );
  closing.push(
    () => dynamo.destroy(),
    () => server.close(),
    () => service.close(),
    () => process.close(),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});
beforeEach(() => {
  uid = SessionUidSchema.parse(String(++uids).padStart(24, '0'));
});

const CHAT = 'a'.repeat(24);
const parked = (number: number, fields: Partial<ParkedMessage> = {}): ParkedMessage => {
  const { content, ...head } = command(number, { sessionUid: uid });
  return {
    command: head,
    content,
    chat: CHAT,
    // AWS's have 20 digits, and a name for the next may be longer than the last.
    sequence: String(10n ** 19n - 3n + BigInt(number)),
    expiresAtMs: START_MS + number,
    ...fields,
  };
};
const table = () => makeParkedTable({ dynamo, tableName: 'messages' });
const glances = async (): Promise<ParkedGlance[]> => {
  const found: ParkedGlance[] = [];
  for await (const page of table().glances(uid)) found.push(...page);
  return found;
};

describe('the table of parked messages', () => {
  it('gives back what was put, in the order of the queue, page by page', async () => {
    const messages = [1, 2, 3, 4, 5].map((number) => parked(number, number === 2 ? { attempted: true } : {}));
    for (const message of messages.toReversed()) await table().put(message);
    const first = await table().ofChat(uid, CHAT, 2);
    expect(first).toEqual(messages.slice(0, 2));
    expect(await table().ofChat(uid, CHAT, 9, first.at(-1))).toEqual(messages.slice(2));
    expect(await table().any(uid, 2)).toEqual(messages.slice(0, 2));
    expect(await table().ofChat(uid, 'b'.repeat(24), 2)).toEqual([]);
  });

  it('has a message once that was put twice, and forgets one that was removed', async () => {
    for (const message of [parked(1), parked(1), parked(2)]) await table().put(message);
    expect(await table().ofChat(uid, CHAT, 9)).toHaveLength(2);
    await table().remove(parked(1));
    expect(await table().ofChat(uid, CHAT, 9)).toEqual([parked(2)]);
  });

  it('keeps messages of a later time apart, in the order of their times', async () => {
    const late = parked(1, { dueMs: START_MS + 5000 });
    const later = parked(2, { dueMs: START_MS + 60_000, chat: 'b'.repeat(24) });
    for (const message of [later, late]) await table().put(message);
    expect(await table().later(uid, 9)).toEqual([late, later]);
    expect(await table().ofChat(uid, CHAT, 9)).toEqual([]);
    await table().remove(late);
    expect(await table().later(uid, 9)).toEqual([later]);
  });

  it('tells at a glance what waits, and the pause', async () => {
    await table().put(parked(1));
    await table().put(parked(2, { dueMs: START_MS + 5000 }));
    await table().putPause(uid, { untilMs: 7, level: 2 });
    expect(await glances()).toEqual([
      { type: 'waiting', chat: CHAT, expiresAtMs: START_MS + 1 },
      { type: 'later', dueMs: START_MS + 5000 },
      { type: 'pause', pause: { untilMs: 7, level: 2 } },
    ]);
    expect(await table().any(uid, 9)).toHaveLength(2);
    await table().putPause(uid, undefined);
    expect(await glances()).toHaveLength(2);
  });

  it('keeps rows longer than their messages live', async () => {
    await table().put(parked(1, { expiresAtMs: START_MS }));
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: 'messages',
        KeyConditionExpression: 'sessionUid = :uid',
        ExpressionAttributeValues: { ':uid': uid },
      }),
    );
    expect(Number(Items[0]?.[TTL_ATTRIBUTE])).toBeGreaterThan(START_MS / 1000 + 7 * 24 * 60 * 60);
  });

  it('reads a message whose kind only a newer release knows, but for its content', async () => {
    await table().put(parked(1));
    const [message] = await table().ofChat(uid, CHAT, 1);
    const Key = { sessionUid: uid, message: `parked#chat#${CHAT}#${message?.sequence.padStart(39, '0')}` };
    const { Item } = await dynamo.send(new GetCommand({ TableName: 'messages', Key }));
    const newer = JSON.stringify({ ...JSON.parse(String(Item?.['command'])), content: { type: 'dance' } });
    await dynamo.send(new PutCommand({ TableName: 'messages', Item: { ...Item, command: newer } }));
    expect(await table().ofChat(uid, CHAT, 1)).toEqual([{ ...parked(1), content: undefined }]);
  });
});

describe('who wrote to a session in private', () => {
  it('is read out of the rows of received messages, by phone number', async () => {
    const rows = [
      { author: '1@lid', authorAlt: '551@s.whatsapp.net', chat: '1@lid' },
      { author: '552@s.whatsapp.net', chat: '552@s.whatsapp.net' },
      { author: '553@s.whatsapp.net', chat: '9@g.us' },
      { author: '554@s.whatsapp.net', chat: '555@s.whatsapp.net', fromMe: true },
    ];
    for (const [index, row] of rows.entries()) {
      await dynamo.send(
        new PutCommand({ TableName: 'messages', Item: { ...row, sessionUid: uid, message: `in#${index}` } }),
      );
    }
    const found: string[] = [];
    for await (const phone of makePrivateWriters({ dynamo, tableName: 'messages' })(uid)) found.push(phone);
    expect(found).toEqual(['551', '552']);
  });
});
