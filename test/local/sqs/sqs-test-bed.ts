import { DatabaseSync } from 'node:sqlite';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

/** 2026-11-20T00:00:00Z */
export const START_MS = 1_795_132_800_000;

/** SQS behind a real server, the SDK in front of it, a clock that only the test moves. */
export async function startSqs(path = ':memory:', startMs = START_MS) {
  const clock = new VirtualClock(startMs);
  const database = new DatabaseSync(path);
  const defects: unknown[] = [];
  const sqs: SqsService = new SqsService({ clock, database, endpoint: () => server.endpoint });
  const services = new Map([['sqs', sqs]]);
  const server = await startAwsServer({ services, onDefect: (error) => defects.push(error) });
  const client = new SQSClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    sqs.close();
    client.destroy();
    await server.close();
    database.close();
    if (defects.length > 0) throw new AggregateError(defects, 'The emulator failed.');
  };
  const create = async (name: string, attributes: Record<string, string> = {}): Promise<string> => {
    const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, ...attributes } }),
    );
    return QueueUrl ?? '';
  };
  return { clock, sqs, client, create, stop, endpoint: server.endpoint };
}

export type SqsTestBed = Awaited<ReturnType<typeof startSqs>>;
