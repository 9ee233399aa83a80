import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { SessionUidSchema } from '#core/domain/ids.ts';
import { AuthLedger } from '../../../connector/auth-state/auth-ledger.ts';
import { type AuthTable, makeAuthTable, OvertakenError } from '../../../connector/auth-state/auth-table.ts';
import { LedgerMemory } from '../../../connector/auth-state/ledger-memory.ts';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { DynamoService } from '../../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { tableProperties } from '../bed-tables.ts';

const sessionUid = SessionUidSchema.parse('b'.repeat(24));

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let service: DynamoService;
let server: AwsServer;
let client: DynamoDBClient;
let overtaken: string[];
const defects: unknown[] = [];
let older: AuthTable;
let newer: AuthTable;

beforeAll(async () => {
  dynamo = await startDynamo({});
  service = new DynamoService({ endpoint: dynamo.endpoint, clock: systemClock });
  server = await startAwsServer({
    services: new Map([['dynamodb', service]]),
    onDefect: (error) => defects.push(error),
  });
  await createTables(service, [{ name: 'authState', properties: tableProperties('authState') }]);
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
});
beforeEach(() => {
  overtaken = [];
  const table = (epoch: number): AuthTable =>
    makeAuthTable({
      dynamo: client,
      tableName: 'authState',
      tenure: { epoch, over: false, lose: () => overtaken.push(`epoch ${epoch}`) },
    });
  older = table(7);
  newer = table(8);
});
afterAll(async () => {
  expect(defects).toEqual([]);
  client.destroy();
  await server.close();
  await service.close();
  await dynamo.close();
});

const entry = (name: string, byte: number) => ({ name, value: Uint8Array.from([byte]) });
const read = async (name: string) => (await newer.get(sessionUid, name))?.[0];

describe('the auth state table', () => {
  it('lets an owner write over its own rows and those of earlier owners', async () => {
    await older.put(sessionUid, entry('a', 1));
    await older.put(sessionUid, entry('a', 2));
    await newer.put(sessionUid, entry('a', 3));
    expect(await read('a')).toBe(3);
    await newer.remove(sessionUid, 'a');
    expect(await read('a')).toBeUndefined();
    expect(overtaken).toEqual([]);
  });

  it('reads several rows in one call and leaves out those that are missing', async () => {
    await newer.put(sessionUid, entry('several-a', 1));
    await newer.put(sessionUid, entry('several-b', 2));
    const found = await newer.getMany(sessionUid, ['several-a', 'several-b', 'several-c']);
    const bytes = new Map([...found].map(([name, [byte]]) => [name, byte]));
    expect(bytes).toEqual(new Map(Object.entries({ 'several-a': 1, 'several-b': 2 })));
  });

  it('refuses the write of an earlier owner to a row that a newer one has written, and tells', async () => {
    await newer.put(sessionUid, entry('b', 3));
    await expect(older.put(sessionUid, entry('b', 1))).rejects.toThrow(OvertakenError);
    expect(await read('b')).toBe(3);
    expect(overtaken).toEqual(['epoch 7']);
  });

  it('refuses the deletion of an earlier owner', async () => {
    await newer.put(sessionUid, entry('c', 3));
    await expect(older.remove(sessionUid, 'c')).rejects.toThrow(OvertakenError);
    expect(await read('c')).toBe(3);
  });

  it('lets a deletion of nothing pass', async () => {
    await older.remove(sessionUid, 'never there');
    expect(overtaken).toEqual([]);
  });

  it('makes a step of the ledger fail at once instead of trying again for ever', async () => {
    const sessionUid = SessionUidSchema.parse('c'.repeat(24));
    const ledger = await AuthLedger.load({
      table: older,
      memory: new LedgerMemory(2 ** 20),
      sessionUid,
      clock: systemClock,
    });
    await newer.put(sessionUid, entry('session#1.0', 3));
    await expect(ledger.set({ session: { '1.0': { n: 1 } } })).rejects.toThrow(OvertakenError);
    expect((await newer.get(sessionUid, 'session#1.0'))?.[0]).toBe(3);
  });

  it('keeps the epoch of a row that its owner removed, so that an earlier owner can’t bring it back', async () => {
    const sessionUid = SessionUidSchema.parse('d'.repeat(24));
    const memory = new LedgerMemory(2 ** 20);
    await older.put(sessionUid, entry('session#1.0', 3));
    const ledger = await AuthLedger.load({ table: newer, memory, sessionUid, clock: systemClock });
    await ledger.set({ session: { '1.0': null } });
    await expect(older.put(sessionUid, entry('session#1.0', 1))).rejects.toThrow(OvertakenError);
    expect(await newer.get(sessionUid, 'session#1.0')).toHaveLength(0);
    await AuthLedger.erase({ table: newer, sessionUid });
    expect(await newer.names(sessionUid, { below: '~' })).toEqual([]);
  });
});
