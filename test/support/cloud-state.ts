import { createHash, randomBytes } from 'node:crypto';
import { DescribeTimeToLiveCommand, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import type { OperatorClients } from './operator-clients.ts';

/** Seconds that messages stay hidden: longer than a kill and a start take. */
const HIDDEN_S = 30;
const PART_BYTES = 5 * 1024 * 1024;

/** What is put into the emulated AWS before a kill, with what it needs to be looked at afterwards. */
export interface CloudState {
  readonly bulk: string;
  readonly fifo: string;
  readonly firstFifoId: string;
  readonly settledHandle: string;
  readonly bucket: string;
  readonly objectDigest: string;
  readonly upload: { readonly id: string; readonly etag: string; readonly part: Buffer };
  readonly table: string;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const required = (value: string | undefined): string => {
  expect(value).toBeDefined();
  return value ?? '';
};

/**
 * Fills the dead-letter queues, which nobody reads, with messages that are visible, in flight and delayed; the bucket with
 * an object and half an upload; a table with a row that has a time to live.
 */
export async function leaveState(clients: OperatorClients): Promise<CloudState> {
  const bulk = await queueUrl(clients, 'BulkDeadLetters');
  const fifo = await queueUrl(clients, 'EventsDeadLetters');
  const send = (MessageBody: string, more: object = {}) =>
    clients.sqs.send(new SendMessageCommand({ QueueUrl: bulk, MessageBody, ...more }));
  await send('settled');
  const settled = await receive(clients, bulk, HIDDEN_S);
  await send('in flight');
  expect((await receive(clients, bulk, HIDDEN_S)).Body).toBe('in flight');
  await send('visible');
  await send('delayed', { DelaySeconds: HIDDEN_S });
  const first = await sendOnce(clients, fifo, 'first');
  return {
    bulk,
    fifo,
    firstFifoId: required(first.MessageId),
    settledHandle: required(settled.ReceiptHandle),
    ...(await leaveObjects(clients)),
    table: await leaveRow(clients),
  };
}

/** Everything is as it was left, and goes on. */
export async function expectState(clients: OperatorClients, state: CloudState): Promise<void> {
  await expectHidden(clients, state);
  await expectDeduplication(clients, state);
  await expectObjects(clients, state);
  await expectRow(clients, state);
}

/** What was hidden at the kill comes when its time is over, with its receive count. */
export async function expectHiddenToCome(clients: OperatorClients, { bulk }: CloudState): Promise<void> {
  const counts = new Map<string | undefined, string | undefined>();
  for (let attempt = 0; attempt < 4 && counts.size < 2; attempt++) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: bulk,
        WaitTimeSeconds: 20,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    for (const { Body, Attributes } of Messages) counts.set(Body, Attributes?.ApproximateReceiveCount);
  }
  expect(Object.fromEntries(counts)).toEqual({ 'in flight': '2', delayed: '1' });
}

async function queueUrl({ sqs }: OperatorClients, part: string): Promise<string> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return required(QueueUrls.find((url) => url.includes(part)));
}

async function receive({ sqs }: OperatorClients, QueueUrl: string, VisibilityTimeout: number) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout }));
  const [message] = Messages;
  if (!message) throw new Error(`${QueueUrl} is empty.`);
  return message;
}

const sendOnce = ({ sqs }: OperatorClients, QueueUrl: string, id: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: id, MessageGroupId: 'group', MessageDeduplicationId: id }));

async function expectHidden(clients: OperatorClients, { bulk, settledHandle }: CloudState): Promise<void> {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: bulk, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '2',
    ApproximateNumberOfMessagesDelayed: '1',
  });
  await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: bulk, ReceiptHandle: settledHandle }));
  const visible = await receive(clients, bulk, HIDDEN_S);
  expect(visible.Body).toBe('visible');
  await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: bulk, ReceiptHandle: visible.ReceiptHandle }));
}

async function expectDeduplication(clients: OperatorClients, { fifo, firstFifoId }: CloudState): Promise<void> {
  expect((await sendOnce(clients, fifo, 'first')).MessageId).toBe(firstFifoId);
  await sendOnce(clients, fifo, 'second');
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: fifo, MaxNumberOfMessages: 10 }),
  );
  expect(Messages.map(({ Body }) => Body)).toEqual(['first', 'second']);
}

async function leaveObjects({ s3 }: OperatorClients): Promise<Pick<CloudState, 'bucket' | 'objectDigest' | 'upload'>> {
  const { Buckets: [found] = [] } = await s3.send(new ListBucketsCommand({}));
  const bucket = required(found?.Name);
  const bytes = randomBytes(1024 * 1024);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'up/kept', Body: bytes }));
  const target = { Bucket: bucket, Key: 'up/half' };
  const { UploadId: id } = await s3.send(new CreateMultipartUploadCommand(target));
  const part = randomBytes(PART_BYTES);
  const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId: id, PartNumber: 1, Body: part }));
  return { bucket, objectDigest: digest(bytes), upload: { id: required(id), etag: required(ETag), part } };
}

async function expectObjects({ s3 }: OperatorClients, { bucket, objectDigest, upload }: CloudState): Promise<void> {
  const read = async (Key: string): Promise<Uint8Array> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  };
  expect(digest(await read('up/kept'))).toBe(objectDigest);
  const target = { Bucket: bucket, Key: 'up/half', UploadId: upload.id };
  const rest = randomBytes(1000);
  const second = await s3.send(new UploadPartCommand({ ...target, PartNumber: 2, Body: rest }));
  const Parts = [upload.etag, second.ETag].map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
  await s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));
  expect(digest(await read('up/half'))).toBe(digest(Buffer.concat([upload.part, rest])));
}

const ROW_KEY = { questionId: { S: 'kept over a kill' } };

async function leaveRow({ dynamo }: OperatorClients): Promise<string> {
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  const table = required(TableNames.find((name) => name.includes('Answers')));
  const expiresAt = { N: String(Math.floor(Date.now() / 1000) + 3600) };
  await dynamo.send(new PutItemCommand({ TableName: table, Item: { ...ROW_KEY, expiresAt } }));
  return table;
}

async function expectRow({ dynamo }: OperatorClients, { table }: CloudState): Promise<void> {
  const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: ROW_KEY, ConsistentRead: true }));
  expect(Item).toMatchObject(ROW_KEY);
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName: table }));
  expect(TimeToLiveDescription).toEqual({ AttributeName: 'expiresAt', TimeToLiveStatus: 'ENABLED' });
}
