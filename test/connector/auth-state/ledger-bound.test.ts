import '../../../connector/silence-console.ts';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { type SessionUid, SessionUidSchema } from '#core/domain/ids.ts';
import { atOnce } from '../../../connector/at-once.ts';
import { AuthLedger } from '../../../connector/auth-state/auth-ledger.ts';
import { type AuthTable, makeAuthTable } from '../../../connector/auth-state/auth-table.ts';
import { LedgerMemory } from '../../../connector/auth-state/ledger-memory.ts';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { DynamoService } from '../../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { tableProperties } from '../bed-tables.ts';
import { SignalParty } from '../whatsapp/signal-party.ts';
import { sessionRecord } from './synthetic-rows.ts';

/** The number of the issue in the long form. */
const CONTACTS = process.env['POMBO_CHAOS'] === 'full' ? 10_000 : 500;
const SMALL_NUMBERS = 100;
const CONTACTS_OF_SMALL = 5;
/** About a third of what all rows take. */
const LIMIT_BYTES = CONTACTS * 500;
const MIB = 1024 * 1024;

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let service: DynamoService;
let server: AwsServer;
let client: DynamoDBClient;
let table: AuthTable;
let reads = 0;

beforeAll(async () => {
  dynamo = await startDynamo({});
  service = new DynamoService({ endpoint: dynamo.endpoint, clock: systemClock, authorize: () => undefined });
  server = await startAwsServer({
    services: new Map([['dynamodb', service]]),
    onDefect: (error) => {
      throw error;
    },
  });
  client = new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
  await createTables(service, [{ name: 'authState', properties: tableProperties('authState') }]);
  const tenure = { epoch: 1, over: false, lose: () => undefined };
  const real = makeAuthTable({ dynamo: client, tableName: 'authState', tenure });
  table = {
    ...real,
    getMany: (sessionUid, names) => {
      reads += 1;
      return real.getMany(sessionUid, names);
    },
    get: (sessionUid, name) => {
      reads += 1;
      return real.get(sessionUid, name);
    },
  };
});
afterAll(async () => {
  client.destroy();
  await server.close();
  await service.close();
  await dynamo.close();
});

const uid = (n: number): SessionUid => SessionUidSchema.parse(String(n).padStart(24, '0'));
const contact = (n: number): string => `${990_000_000_000 + n}_1.0`;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** RSS, and what is alive on the heap, MiB. */
function used(): string {
  collectGarbage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return `${Math.round((heapUsed + arrayBuffers) / MIB)} of ${Math.round(rss / MIB)}`;
}

describe('the memory of all ledgers', () => {
  it('stays below its bound with one busy number beside many small ones, and nothing is lost', async () => {
    const memory = new LedgerMemory(LIMIT_BYTES);
    const open = (n: number): Promise<AuthLedger> =>
      AuthLedger.load({ table, memory, sessionUid: uid(n), clock: systemClock });
    const me = await SignalParty.make('99000000000001@lid', { table, memory, sessionUid: uid(999_999) });
    const friend = await SignalParty.make('99000000000002@lid');
    await me.begin(friend);
    await me.write(friend, 'hello');
    await friend.write(me, 'hello');

    const busy = await open(0);
    const small = await Promise.all(Array.from({ length: SMALL_NUMBERS }, (_, n) => open(n + 1)));
    const before = used();
    let most = 0;
    const write = (ledger: AuthLedger, n: number) => async (): Promise<void> => {
      await ledger.set({
        session: { [contact(n)]: sessionRecord(2, `contact ${n}`) },
        'lid-mapping': { [String(n)]: contact(n) },
      });
      most = Math.max(most, memory.bytes);
    };
    for (const ledger of small) {
      await Promise.all(Array.from({ length: CONTACTS_OF_SMALL }, (_, n) => write(ledger, n)()));
    }
    await atOnce(
      Array.from({ length: CONTACTS }, (_, n) => write(busy, n)),
      16,
    );
    // What is being written is held, and the first session of a new row may not be forgotten yet.
    expect(most).toBeLessThan(LIMIT_BYTES + 16 * 4 * 1024);
    expect(memory.bytes).toBeLessThanOrEqual(LIMIT_BYTES);
    const after = used();

    // All of it is there, wherever it is.
    const check = (ledger: AuthLedger, n: number) => async (): Promise<void> => {
      const found = await ledger.get('session', [contact(n)]);
      expect(found[contact(n)]).toMatchObject({ note: `contact ${n}` });
      expect(await ledger.get('lid-mapping', [String(n)])).toEqual({ [String(n)]: contact(n) });
    };
    await atOnce(
      Array.from({ length: CONTACTS }, (_, n) => check(busy, n)),
      16,
    );
    await Promise.all(
      small.flatMap((ledger) => Array.from({ length: CONTACTS_OF_SMALL }, (_, n) => check(ledger, n)())),
    );
    expect(await friend.write(me, 'after a long while')).toBe('after a long while');
    expect(await me.write(friend, 'the same to you')).toBe('the same to you');
    expect(memory.bytes).toBeLessThanOrEqual(LIMIT_BYTES);

    // What was used just now costs one read after it was forgotten, and then none.
    reads = 0;
    await check(busy, 0)();
    const cold = reads;
    await check(busy, 0)();
    expect([cold, reads]).toEqual([2, 2]);
    process.stderr.write(
      `${CONTACTS} contacts beside ${SMALL_NUMBERS} small numbers: bound ${(LIMIT_BYTES / MIB).toFixed(2)} MiB, most ${(most / MIB).toFixed(2)} MiB, ` +
        `heap of RSS in MiB, emulator's server included: ${before} before, ${after} after writing, ${used()} after reading\n`,
    );
  }, 300_000);

  it('reads one row for each session that is loaded, however many contacts it has', async () => {
    const memory = new LedgerMemory(LIMIT_BYTES);
    reads = 0;
    await AuthLedger.load({ table, memory, sessionUid: uid(0), clock: systemClock });
    expect(reads).toBe(1);
    expect(memory.bytes).toBe(0);
  });
});
