import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Check, type Deployed, failed, held } from './check.ts';

/** SQS takes and gives ten messages at once. */
const BATCH = 10;
const EACH_GROUP = 3;
/** As many as a busy connector has. */
const AT_ONCE = 8;
/** A group that is lost would be waited for for ever. */
const GIVE_UP_MS = 180_000;

/**
 * A queue of its own with the settings of the outbound queues, because whatever is put into those is sent. Nothing else of
 * Pombo is touched, and the queue is removed.
 */
export const queueOrder: Check = {
  name: 'SQS keeps the order of each group while many groups are read side by side',
  async run(deployed) {
    const sqs = new SQSClient(deployed.target.aws);
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({
        QueueName: `pombo-smoke-${randomUUID()}.fifo`,
        Attributes: {
          FifoQueue: 'true',
          DeduplicationScope: 'messageGroup',
          FifoThroughputLimit: 'perMessageGroupId',
          VisibilityTimeout: '60',
        },
      }),
    );
    try {
      return await lookAt({ sqs, QueueUrl, deployed });
    } finally {
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      sqs.destroy();
    }
  },
};

interface Look {
  readonly sqs: SQSClient;
  readonly QueueUrl: string;
  readonly deployed: Deployed;
}

async function lookAt(look: Look): Promise<ReturnType<typeof held>> {
  const { groups, clock } = look.deployed;
  const startedMs = clock.monotonic();
  await sendAll(look);
  const sentMs = clock.monotonic();
  const seen = new Map<string, number[]>();
  const total = groups * EACH_GROUP;
  let received = 0;
  const reader = async (): Promise<void> => {
    while (received < total && clock.monotonic() - startedMs < GIVE_UP_MS) {
      const messages = await receive(look);
      received += messages.length;
      for (const { Body = '' } of messages) {
        const [group = '', place] = Body.split(':');
        seen.set(group, [...(seen.get(group) ?? []), Number(place)]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  const expected = Array.from({ length: EACH_GROUP }, (_, place) => place).join();
  const wrong = [...seen.values()].filter((places) => places.join() !== expected).length + groups - seen.size;
  const rate = Math.round((total * 1000) / (clock.monotonic() - sentMs));
  return wrong === 0
    ? held(`${groups} groups of ${EACH_GROUP}, ${rate} messages a second out of it from here`)
    : failed(`${wrong} of ${groups} groups came out of order, twice or not at all`);
}

async function sendAll({ sqs, QueueUrl, deployed }: Look): Promise<void> {
  // Place by place, so that the messages of one group lie far apart.
  const entries = Array.from({ length: EACH_GROUP }, (_, place) =>
    Array.from({ length: deployed.groups }, (__, group) => ({ group: `g${group}`, place })),
  ).flat();
  for (let first = 0; first < entries.length; first += BATCH) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: entries.slice(first, first + BATCH).map(({ group, place }, index) => ({
          Id: String(index),
          MessageBody: `${group}:${place}`,
          MessageGroupId: group,
          MessageDeduplicationId: `${group}:${place}`,
        })),
      }),
    );
    if (Failed.length > 0) throw new Error(`SQS took no message: ${Failed[0]?.Code}`);
  }
}

async function receive({ sqs, QueueUrl }: Look): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: 1 }),
  );
  if (Messages.length === 0) return [];
  await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
  return Messages;
}
