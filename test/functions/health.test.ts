import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeepHealthSchema } from '#core/contracts/api/health.ts';
import { type ApiTestBed, startApi } from './support/api-test-bed.ts';
import { SHARDS } from './support/aws-test-bed.ts';

describe('the health function', () => {
  let api: ApiTestBed;
  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(() => api.reset());

  describe('GET /health', () => {
    const own = async (shard: number, owner: string) => {
      const Item = { taskId: `lease#${shard}`, epoch: 3, owner, incarnation: 'x' };
      await api.aws.documents.send(new PutCommand({ TableName: 'tasks', Item }));
    };
    const beat = async (beatAtMs: number, shards?: number) => {
      const Item = {
        ...(shards && { shards }),
        taskId: 'task-1',
        incarnation: 'x',
        heartbeat: 1,
        role: 'active',
        version: '1.2.3',
        startedAtMs: beatAtMs - 60_000,
        beatAtMs,
        memoryBytes: 1024,
        sessionsOpen: 3,
        expiresAt: 0,
      };
      await api.aws.documents.send(new PutCommand({ TableName: 'tasks', Item }));
    };
    it('is shallow without a key', async () => {
      const withoutKey = { headers: { authorization: '' } };
      const { status, json } = await api.call('GET /health', withoutKey);
      expect({ status, json }).toEqual({ status: 200, json: { status: 'ok', version: '9.9.9' } });
      expect((await api.call('GET /health?deep=1', withoutKey)).status).toBe(401);
    });
    it('shows sessions, queues, tasks and dependencies when it is deep', async () => {
      await api.newSession();
      const count = SHARDS;
      await beat(Date.now(), count);
      for (let shard = 0; shard < count; shard++) await own(shard, 'task-1');
      const { status, json, body } = await api.call('GET /health?deep=1');
      expect(status, body).toBe(200);
      const health = DeepHealthSchema.parse(json);
      expect(health).toMatchObject({ status: 'ok', sessions: { created: 1 } });
      expect(health.queues.map(({ name }) => name)).toContain('outbound-0.fifo');
      expect(health.tasks).toMatchObject([
        { id: 'task-1', role: 'active', memory_bytes: 1024, uptime_seconds: 60, shards: count },
      ]);
      expect(health.shards).toEqual({ count, without_owner: [] });
      const names = health.dependencies.map(({ name }) => name);
      expect(names).toEqual(['dynamodb', 'sqs', 'cloudwatch', 'dynamodb-writes', 'kms', 'states', 'connector']);
    });
    it('is 503 and names the part when keys can not even be looked up', async () => {
      api.aws.setDynamoDown(true);
      const { status, json } = await api.call('GET /health?deep=1', {
        headers: { authorization: 'Bearer not-seen-before' },
      });
      api.aws.setDynamoDown(false);
      expect(status).toBe(503);
      expect(json).toMatchObject({ status: 'degraded', dependencies: [{ name: 'dynamodb', status: 'down' }] });
    });
    it('is 503 and names the shards that no living task has', async () => {
      await beat(Date.now(), SHARDS);
      await own(0, 'task-that-is-gone');
      const { status, json } = await api.call('GET /health?deep=1');
      expect(status).toBe(503);
      expect(DeepHealthSchema.parse(json).shards.without_owner).toEqual([0]);
      expect(DeepHealthSchema.parse(json).dependencies).toContainEqual(
        expect.objectContaining({ name: 'connector', status: 'down', error: 'ShardsWithoutOwner' }),
      );
    });
    it('is 503 when no task is active and alive', async () => {
      await beat(Date.now() - 60_000);
      const answer = await api.call('GET /health?deep=1');
      expect({ status: answer.status, is: answer.text('status') }).toEqual({ status: 503, is: 'degraded' });
    });
  });
});
