import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { createTables } from '../../../local/dynamodb/create-tables.ts';
import { findBinary, startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { EVENTS_TABLE, startFixture } from './dynamo-fixture.ts';

const MODULE = join(import.meta.dirname, '../../../local/dynamodb/dynoxide-process.ts');

/** The binary is the guard's only child that is named so. */
function binaryOf(guard: number): number {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return Number(fields.find(([, parent, name]) => parent === String(guard) && name === 'dynoxide')?.[0]);
}

/** Resolves when the process on the port is gone: its sockets close with it. */
function untilClosed(endpoint: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
    socket.on('error', () => undefined).once('close', () => resolve());
  });
}

describe('startDynamo', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dynamo-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is started again on its port when the binary is killed, with every acknowledged item', async () => {
    const death = Promise.withResolvers<string>();
    const fixture = await startFixture(systemClock, { dataFile: join(folder, 'again.db'), onDeath: death.resolve });
    await createTables(fixture.service, [{ name: 'events', properties: EVENTS_TABLE }]);
    const Item = { pk: { S: 'a' }, sk: { S: '1' }, text: { S: 'kept' } };
    await fixture.client.send(new PutItemCommand({ TableName: 'events', Item }));
    process.kill(binaryOf(fixture.dynamo.pid ?? 0), 'SIGKILL');
    expect(await death.promise).toMatch(/ended with code 137\..*It is started again\.$/);
    const get = new GetItemCommand({ TableName: 'events', Key: { pk: Item.pk, sk: Item.sk } });
    await expect.poll(() => fixture.client.send(get).catch(() => undefined)).toMatchObject({ Item });
    await fixture.close();
  });

  it('has every acknowledged item after kill -9 of the binary, whose end it reports', async () => {
    const dataFile = join(folder, 'killed.db');
    const death = Promise.withResolvers<string>();
    const first = await startFixture(systemClock, { dataFile, onDeath: death.resolve });
    await createTables(first.service, [{ name: 'events', properties: EVENTS_TABLE }]);
    const Item = { pk: { S: 'a' }, sk: { S: '1' }, text: { S: 'kept' } };
    await first.client.send(new PutItemCommand({ TableName: 'events', Item }));
    process.kill(binaryOf(first.dynamo.pid ?? 0), 'SIGKILL');
    expect(await death.promise).toMatch(/ended with code 137/);
    await first.close();

    const second = await startFixture(systemClock, { dataFile });
    const Key = { pk: Item.pk, sk: Item.sk };
    expect((await second.client.send(new GetItemCommand({ TableName: 'events', Key }))).Item).toEqual(Item);
    await second.close();
  });

  it('leaves no binary behind when its parent is killed with -9', async () => {
    const code = `import { startDynamo } from ${JSON.stringify(MODULE)};
      console.log((await startDynamo({})).endpoint);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const endpoint = await new Promise<string>((resolve) => {
      parent.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    });
    expect((await fetch(endpoint)).status).toBe(200);
    const closed = untilClosed(endpoint);
    parent.kill('SIGKILL');
    await closed;
    await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
  });

  it('leaves callers with an InternalServerError while it is away', async () => {
    const fixture = await startFixture(systemClock, {});
    await fixture.dynamo.close();
    const get = new GetItemCommand({ TableName: 'events', Key: { pk: { S: 'a' }, sk: { S: '1' } } });
    await expect(fixture.client.send(get)).rejects.toMatchObject({ name: 'InternalServerError' });
    await fixture.close();
  });

  it('is gone when it was closed, without reporting a death', async () => {
    const deaths: string[] = [];
    const dynamo = await startDynamo({ onDeath: (reason) => deaths.push(reason) });
    await dynamo.close();
    await expect(fetch(dynamo.endpoint)).rejects.toThrow('fetch failed');
    expect(deaths).toEqual([]);
  });

  it('says why when the binary cannot open its file', async () => {
    const start = startDynamo({ dataFile: join(folder, 'no/such/folder.db') });
    await expect(start).rejects.toThrow(/did not start: .*unable to open database file/);
  });

  it('uses another DynamoDB when it is given its address', async () => {
    const dynamo = await startDynamo({ endpoint: 'http://127.0.0.1:8000' });
    expect(dynamo).toMatchObject({ endpoint: 'http://127.0.0.1:8000', pid: undefined });
    await dynamo.close();
  });

  it('says what to do when there is no binary for the platform', () => {
    expect(() => findBinary('darwin-arm64')).toThrow(
      /exists for linux-x64, and this machine is darwin-arm64.*DYNAMODB_ENDPOINT=/,
    );
    expect(() => findBinary('linux-x64')).not.toThrow();
  });
});
