import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type AwsServer, startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { type S3Options, S3Service } from '../../../local/s3/s3-service.ts';

export const BUCKET = 'media';
export const ROLE = { accessKeyId: 'ROLEA', secretAccessKey: 'secret of A' };

export interface S3Fixture {
  readonly s3: S3Service;
  readonly clock: VirtualClock;
  readonly database: DatabaseSync;
  readonly server: AwsServer;
  readonly client: S3Client;
  readonly folder: string;
  readonly defects: unknown[];
  /** A further client. */
  connect(config?: S3ClientConfig): S3Client;
  /** Names of the files that hold objects and parts, once removals are done. */
  files(): Promise<string[]>;
  close(): Promise<void>;
}

/** S3 with the bucket `media`, and an SDK client; the virtual clock begins now, as the signatures do. */
export async function startFixture(options: Partial<S3Options> = {}): Promise<S3Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 's3-'));
  const database = new DatabaseSync(':memory:');
  const clock = new VirtualClock(Date.now());
  const secretOf = (id: string): string | undefined => (id === ROLE.accessKeyId ? ROLE.secretAccessKey : undefined);
  const s3 = new S3Service({ clock, database, folder, secretOf, ...options });
  s3.createBucket(BUCKET);
  const defects: unknown[] = [];
  const server = await startAwsServer({
    services: new Map([['s3', s3]]),
    onDefect: (error) => defects.push(error),
  });
  const clients: S3Client[] = [];
  const connect = (config: S3ClientConfig = {}): S3Client => {
    const client = new S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: ROLE,
      ...config,
    });
    clients.push(client);
    return client;
  };
  return {
    s3,
    clock,
    database,
    server,
    client: connect(),
    folder,
    defects,
    connect,
    async files() {
      await s3.close();
      return readdirSync(join(folder, 'objects'));
    },
    async close() {
      for (const client of clients) client.destroy();
      await server.close();
      await s3.close();
      rmSync(folder, { recursive: true });
    },
  };
}
