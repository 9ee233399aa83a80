import { DatabaseSync } from 'node:sqlite';
import { SNSClient } from '@aws-sdk/client-sns';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { Mail } from '../../../local/sns/delivery.ts';
import { SnsService } from '../../../local/sns/sns-service.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';

/** 2026-11-20T00:00:00Z */
const START_MS = 1_795_132_800_000;

/** SNS behind a real server with SQS beside it, the SDK in front, a clock that only the test moves. */
export async function startSns(database = new DatabaseSync(':memory:')) {
  const clock = new VirtualClock(START_MS);
  const mails: Mail[] = [];
  const invocations: { arn: string; event: object }[] = [];
  const defects: unknown[] = [];
  const sqs: SqsService = new SqsService({ clock, database, endpoint: () => server.endpoint });
  const sns = new SnsService({
    clock,
    database,
    ways: {
      toQueue: (arn, delivery) => void sqs.send(arn.split(':').at(-1) ?? '', { ...delivery, senderId: 'sns' }),
      toFunction: async (arn, event) => void invocations.push({ arn, event }),
      toMailbox: (mail) => mails.push(mail),
    },
  });
  const server = await startAwsServer({
    services: new Map([['sns', sns]]),
    onDefect: (error) => defects.push(error),
  });
  const client = new SNSClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    sns.close();
    sqs.close();
    client.destroy();
    await server.close();
    if (defects.length > 0) throw new AggregateError(defects, 'The emulator failed.');
  };
  return { clock, database, sqs, sns, client, mails, invocations, stop };
}

export type SnsTestBed = Awaited<ReturnType<typeof startSns>>;
