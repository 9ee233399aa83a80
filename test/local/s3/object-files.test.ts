import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObjectFiles } from '../../../local/s3/object-files.ts';
import { ROLE, startFixture } from './s3-fixture.ts';

const LOCAL = join(import.meta.dirname, '../../../local');

describe('ObjectFiles', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 's3-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const listed = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('/'));

  it('removes at its start what a crash left over, and nothing that is named', () => {
    for (const path of ['incoming', 'objects']) mkdirSync(join(folder, path));
    for (const path of ['incoming/a', 'objects/b', 'objects/c']) writeFileSync(join(folder, path), 'x');
    void new ObjectFiles(folder, new Set(['c']));
    expect(listed()).toEqual(['objects/c']);
  });

  it('keeps nothing of a file whose bytes end in an error', async () => {
    const files = new ObjectFiles(folder, new Set());
    const chunks = async function* () {
      yield Buffer.from('half');
      throw new Error('broken');
    };
    await expect(files.write(chunks())).rejects.toThrow('broken');
    expect(listed()).toEqual([]);
  });

  it('removes a file only when its last reader has ended', async () => {
    const files = new ObjectFiles(folder, new Set());
    const chunks = async function* () {
      yield Buffer.from('bytes');
    };
    const segments = [{ file: await files.write(chunks()), size: 5 }];
    const [first, second] = [0, 1].map(() => files.read(segments, { start: 0, end: 4 }));
    files.remove(segments);
    const closed = new Promise((resolve) => first?.once('close', resolve));
    first?.destroy();
    await closed;
    await files.settled();
    expect((await second?.toArray())?.toString()).toBe('bytes');
    await files.settled();
    expect(listed()).toEqual([]);
  });

  it('has every acknowledged object whole after kill -9 in the middle of uploads', async () => {
    const code = `
      import { DatabaseSync } from 'node:sqlite';
      import { S3Service } from ${JSON.stringify(join(LOCAL, 's3/s3-service.ts'))};
      import { startAwsServer } from ${JSON.stringify(join(LOCAL, 'aws/aws-server.ts'))};
      import { systemClock } from ${JSON.stringify(join(LOCAL, '../core/domain/clock.ts'))};
      const database = new DatabaseSync(${JSON.stringify(join(folder, 'state.db'))});
      database.exec('PRAGMA journal_mode = WAL');
      const s3 = new S3Service({ clock: systemClock, database, folder: ${JSON.stringify(join(folder, 's3'))}, secretOf: () => ${JSON.stringify(ROLE.secretAccessKey)} });
      s3.createBucket('media');
      console.log((await startAwsServer({ services: new Map([['s3', s3]]), onDefect: console.error })).endpoint);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const endpoint = await new Promise<string>((resolve) => {
      child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    });
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials: ROLE, maxAttempts: 1 });
    const acknowledged: string[] = [];
    const body = (key: string): Buffer => Buffer.alloc(200_000, key);
    const uploader = async (lane: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const Key = `${lane}-${i}`;
        await client.send(new PutObjectCommand({ Bucket: 'media', Key, Body: body(Key) }));
        if (acknowledged.push(Key) === 40) child.kill('SIGKILL');
      }
    };
    await Promise.allSettled([0, 1, 2, 3].map(uploader));
    client.destroy();

    const database = new DatabaseSync(join(folder, 'state.db'));
    const fixture = await startFixture({ database, folder: join(folder, 's3') });
    for (const Key of acknowledged) {
      const { Body } = await fixture.client.send(new GetObjectCommand({ Bucket: 'media', Key }));
      expect(body(Key).equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    }
    const { Contents = [] } = await fixture.client.send(new ListObjectsV2Command({ Bucket: 'media' }));
    expect(readdirSync(join(folder, 's3/objects'))).toHaveLength(Contents.length);
    expect(readdirSync(join(folder, 's3/incoming'))).toEqual([]);
    await fixture.close();
  });
});
