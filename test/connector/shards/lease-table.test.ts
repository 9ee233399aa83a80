import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeLeaseMarks } from '#core/adapters/dynamodb/lease-marks.ts';
import { GUARD_LEASE, leaseOfShard } from '#core/contracts/rows/lease-row.ts';
import type { TaskRow } from '#core/contracts/rows/task-row.ts';
import { systemClock } from '#core/domain/clock.ts';
import type { ShardLease } from '../../../connector/shards/fleet.ts';
import { type LeaseTable, makeLeaseTable } from '../../../connector/shards/lease-table.ts';
import { makeTaskTable, type TaskTable } from '../../../connector/task/task-table.ts';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { DynamoService } from '../../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { tableProperties } from '../bed-tables.ts';

const A = { taskId: 'a', incarnation: 'a1' };
const B = { taskId: 'b', incarnation: 'b1' };

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let service: DynamoService;
let server: AwsServer;
let client: DynamoDBDocumentClient;
let leases: LeaseTable;
let tasks: TaskTable;
let tableName = 'tasks0';
let tables = 0;

beforeAll(async () => {
  dynamo = await startDynamo({});
  service = new DynamoService({ endpoint: dynamo.endpoint, clock: systemClock });
  server = await startAwsServer({ services: new Map([['dynamodb', service]]), onDefect: () => undefined });
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
});
beforeEach(async () => {
  tableName = `tasks${(tables += 1)}`;
  await createTables(service, [{ name: tableName, properties: tableProperties('tasks') }]);
  leases = makeLeaseTable({ dynamo: client, tableName, shards: 2 });
  tasks = makeTaskTable({ dynamo: client, tableName });
});
afterAll(async () => {
  client.destroy();
  await server.close();
  await service.close();
  await dynamo.close();
});

const row = (heartbeat: number, run = A): TaskRow => ({
  ...run,
  heartbeat,
  role: 'active',
  version: '1.0.0',
  startedAtMs: 0,
  beatAtMs: 0,
  memoryBytes: 1,
  sessionsOpen: 0,
  expiresAt: 0,
  shards: 2,
});
async function lease(shard = 0): Promise<ShardLease> {
  const found = (await leases.look()).leases[shard];
  if (!found) throw new Error('There is no such shard.');
  return found;
}

describe('the table of leases', () => {
  it('is empty at first: shards that nobody has, under epoch 0', async () => {
    const { tasks: rows, leases: found, guard } = await leases.look();
    expect(rows.size).toBe(0);
    expect(found).toEqual([0, 1].map((shard) => ({ taskId: leaseOfShard(shard), epoch: 0, shard })));
    expect(guard).toEqual({ taskId: GUARD_LEASE, epoch: 0 });
  });

  it('gives a lease to one of two that saw the same', async () => {
    const seen = await lease();
    const won = await Promise.all([leases.claim(seen, 1, A), leases.claim(seen, 1, B)]);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await leases.claim(seen, 2, B)).toBe(false);
    expect(await lease()).toMatchObject({ epoch: 1, owner: won[0] ? 'a' : 'b' });
  });

  it('keeps the mark of a first session, which may be there before the lease is', async () => {
    const marks = makeLeaseMarks({ dynamo: client, tableName });
    await marks.want(0);
    expect(await leases.claim(await lease(), 1, A)).toBe(true);
    await marks.want(0);
    expect(await lease()).toMatchObject({ epoch: 1, owner: 'a', wanted: 2 });
  });

  it('goes to its target with a new epoch once that is ready, and not twice', async () => {
    await leases.claim(await lease(), 1, A);
    const seen = await lease();
    expect(await leases.accept(seen, B)).toBe(false);
    expect(await leases.offer(seen, B)).toBe(true);
    expect(await leases.accept(seen, { ...B, incarnation: 'b2' })).toBe(false);
    expect(await leases.accept(seen, B)).toBe(true);
    expect(await lease()).toMatchObject({ owner: 'a', target: 'b', targetIncarnation: 'b1', ready: true });
    expect(await leases.handOver(seen, 2, B)).toBe(true);
    const handed = await lease();
    expect(handed).toEqual({ taskId: leaseOfShard(0), shard: 0, epoch: 2, owner: 'b', incarnation: 'b1' });
    expect(await leases.handOver(seen, 3, A)).toBe(false);
    expect(await leases.release(seen)).toBe(false);
  });

  it('forgets that a target was ready when another is named, and the whole offer when it is taken back', async () => {
    await leases.claim(await lease(), 1, A);
    const seen = await lease();
    await leases.offer(seen, B);
    await leases.accept(seen, B);
    await leases.offer(seen, { taskId: 'c', incarnation: 'c1' });
    expect(await lease()).toMatchObject({ target: 'c' });
    expect((await lease()).ready).toBeUndefined();
    expect(await leases.offer(seen, undefined)).toBe(true);
    expect(await lease()).toEqual(seen);
  });

  it('is nobody’s after its owner gave it back, and keeps its epoch and what the owner noted', async () => {
    await leases.claim(await lease(), 5, A);
    const seen = await lease();
    expect(await leases.note(seen, true)).toBe(true);
    expect(await leases.release(seen)).toBe(true);
    expect(await lease()).toEqual({ taskId: leaseOfShard(0), shard: 0, epoch: 5, inUse: true });
    expect(await leases.note(seen, false)).toBe(false);
  });

  it('guards with an epoch that is only ever lifted', async () => {
    expect(await leases.claimGuard((await leases.look()).guard, 1, A)).toBe(true);
    expect(await leases.raiseGuard(40)).toBe(true);
    expect(await leases.raiseGuard(30)).toBe(false);
    const { guard } = await leases.look();
    expect(guard).toEqual({ taskId: GUARD_LEASE, epoch: 40, floor: 1, owner: 'a', incarnation: 'a1' });
    expect(await leases.claimGuard({ ...guard, epoch: 39 }, 1, B)).toBe(false);
    expect(await leases.claimGuard(guard, 1, B)).toBe(true);
  });

  it('is begun below no epoch of release 0.1, whose row has no floor', async () => {
    const old = { taskId: GUARD_LEASE, epoch: 7, owner: 'old', incarnation: 'old' };
    await client.send(new PutCommand({ TableName: tableName, Item: old }));
    expect((await leases.look()).guard).toEqual(old);
    expect(await leases.claimGuard(old, 8, A)).toBe(true);
    expect((await leases.look()).guard).toMatchObject({ epoch: 8, floor: 8, owner: 'a' });
  });
});

describe('heartbeats', () => {
  it('are refused after a fence, and a fence is after a heartbeat', async () => {
    await tasks.enter(row(0));
    const stale = row(0);
    expect(await tasks.beat(row(1))).toBe(true);
    expect(await tasks.fence(stale)).toBe(false);
    expect(await tasks.fence(row(1))).toBe(true);
    expect(await tasks.beat(row(2))).toBe(false);
    expect(await tasks.get('a')).toBeUndefined();
  });

  it('of a predecessor are refused once its task was started again', async () => {
    await tasks.enter(row(0));
    await tasks.enter(row(0, { ...A, incarnation: 'a2' }));
    expect(await tasks.beat(row(1))).toBe(false);
    await tasks.leave('a', 'a1');
    expect((await leases.look()).tasks.get('a')?.incarnation).toBe('a2');
  });
});
