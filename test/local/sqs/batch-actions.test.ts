import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqsTestBed, startSqs } from './sqs-test-bed.ts';

let bed: SqsTestBed;
let url: string;

beforeEach(async () => {
  bed = await startSqs();
  url = await bed.create('work');
});
afterEach(() => bed.stop());

const send = (Entries: SendMessageBatchRequestEntry[]) =>
  bed.client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
const entries = (count: number, body = 'x') =>
  Array.from({ length: count }, (_, n) => ({ Id: `e${n}`, MessageBody: body }));
const receive = async () => {
  const { Messages } = await bed.client.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 10 }),
  );
  return Messages ?? [];
};

describe('a batch', () => {
  it('takes ten messages', async () => {
    const { Successful, Failed } = await send(entries(10));
    expect(Successful).toHaveLength(10);
    expect(Failed).toBeUndefined();
    expect(await receive()).toHaveLength(10);
  });

  it('fails single entries and takes the others', async () => {
    const { Successful, Failed } = await send([
      { Id: 'good', MessageBody: 'x' },
      { Id: 'bad', MessageBody: '\u0000' },
      { Id: 'late', MessageBody: 'x', DelaySeconds: 901 },
      { Id: 'empty', MessageBody: '' },
    ]);
    expect(Successful?.map((entry) => entry.Id)).toEqual(['good']);
    expect(Failed).toMatchObject([
      { Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true },
      { Id: 'late', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'empty', Code: 'MissingParameter', SenderFault: true },
    ]);
    expect(bed.sqs.depth('work').visible).toBe(1);
  });

  it.each([
    ['more than ten entries', entries(11), 'TooManyEntriesInBatchRequest'],
    ['no entry', [], 'EmptyBatchRequest'],
    ['an id twice', [...entries(1), ...entries(1)], 'BatchEntryIdsNotDistinct'],
    ['an id with a dot', [{ Id: 'a.b', MessageBody: 'x' }], 'InvalidBatchEntryId'],
    ['more than 1 MiB in all', entries(2, 'x'.repeat(524_289)), 'BatchRequestTooLong'],
  ])('is refused as a whole with %s', async (_, batch, name) => {
    await expect(send(batch)).rejects.toMatchObject({ name });
    expect(bed.sqs.depth('work').visible).toBe(0);
  });

  it('takes 1 MiB in all', async () => {
    expect((await send(entries(2, 'x'.repeat(524_288)))).Successful).toHaveLength(2);
  });

  it('deletes what it can and names the rest', async () => {
    await send(entries(2));
    const [one, two] = await receive();
    const { Successful, Failed } = await bed.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'one', ReceiptHandle: one?.ReceiptHandle },
          { Id: 'two', ReceiptHandle: two?.ReceiptHandle },
          { Id: 'three', ReceiptHandle: 'nonsense' },
        ],
      }),
    );
    expect(Successful).toEqual([{ Id: 'one' }, { Id: 'two' }]);
    expect(Failed).toMatchObject([{ Id: 'three', Code: 'ReceiptHandleIsInvalid' }]);
    expect(bed.sqs.depth('work')).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('extends what is still in flight', async () => {
    await send(entries(2));
    const [one, two] = await receive();
    await bed.clock.advance(5_000);
    const handles = [one, two].map((message, n) => ({ Id: `m${n}`, ReceiptHandle: message?.ReceiptHandle }));
    const extend = (seconds: number) =>
      bed.client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: url,
          Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: seconds })),
        }),
      );
    expect((await extend(10)).Successful).toHaveLength(2);
    await bed.clock.advance(9_999);
    expect(await receive()).toEqual([]);
    await bed.clock.advance(1);
    expect((await extend(10)).Failed).toMatchObject([
      { Id: 'm0', Code: 'AWS.SimpleQueueService.MessageNotInflight' },
      { Id: 'm1', Code: 'AWS.SimpleQueueService.MessageNotInflight' },
    ]);
  });
});
