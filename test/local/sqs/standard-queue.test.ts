import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqsTestBed, START_MS, startSqs } from './sqs-test-bed.ts';

let bed: SqsTestBed;
let url: string;

beforeEach(async () => {
  bed = await startSqs();
  url = await bed.create('work');
});
afterEach(() => bed.stop());

const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  bed.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more }));

const receive = async (more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> => {
  const answer = await bed.client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      ...more,
    }),
  );
  return answer.Messages ?? [];
};
const bodies = (messages: Message[]) => messages.map((message) => message.Body);
const remove = (message: Message | undefined) =>
  bed.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
const hide = (message: Message | undefined, VisibilityTimeout: number) =>
  bed.client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout }),
  );

describe('a standard queue', () => {
  it('carries emoji, U+2028 and every other allowed character unharmed', async () => {
    const body = 'bom dia 🕊️👩‍👩‍👧‍👦 \u2028\u2029\t\r\n"\\ \uFFFD 𝟘';
    await send(body);
    expect(bodies(await receive())).toEqual([body]);
  });

  it.each(['\u0000', '\u001f', '\ufffe', 'a\ud800b'])('refuses the character in %j', async (body) => {
    await expect(send(body)).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    expect(await receive()).toEqual([]);
  });

  it('tells who sent a message, when, and how often it was received', async () => {
    const { MessageId } = await send('hello');
    await bed.clock.advance(1_500);
    for (let earlier = 0; earlier < 2; earlier++) {
      await receive({ VisibilityTimeout: 0 });
      await bed.clock.advance(1_000);
    }
    const [message] = await receive();
    expect(message).toMatchObject({
      MessageId,
      Attributes: {
        SenderId: 'AKIATEST',
        SentTimestamp: String(START_MS),
        ApproximateReceiveCount: '3',
        ApproximateFirstReceiveTimestamp: String(START_MS + 1_500),
      },
    });
  });

  it('keeps the message group that makes the queue fair', async () => {
    await send('hello', { MessageGroupId: 'endpoint-1' });
    const [message] = await receive();
    expect(message?.Attributes).toMatchObject({ MessageGroupId: 'endpoint-1' });
    expect(message?.Attributes).not.toHaveProperty('SequenceNumber');
  });

  it('returns only the attributes that were asked for, and their MD5', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'text' },
      size: { DataType: 'Number.int', StringValue: '12' },
      raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 7]) },
    };
    const sent = await send('hello', { MessageAttributes });
    // Computed apart from this code, from the developer guide's description, with Python's hashlib.
    expect(sent.MD5OfMessageAttributes).toBe('23718c7f8332c058170377d5a961ae15');
    const [all] = await receive({ MessageAttributeNames: ['All'], VisibilityTimeout: 0 });
    expect(all?.MessageAttributes).toMatchObject(MessageAttributes);
    expect(all?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    const [one] = await receive({ MessageAttributeNames: ['ki.*'], VisibilityTimeout: 0 });
    expect(Object.keys(one?.MessageAttributes ?? {})).toEqual(['kind']);
    const [none] = await receive({ MessageSystemAttributeNames: [] });
    expect(none).not.toHaveProperty('MessageAttributes');
    expect(none).not.toHaveProperty('Attributes');
  });

  it('takes 1 MiB and not a byte more, attributes included', async () => {
    await send('x'.repeat(1_048_576));
    await expect(send('x'.repeat(1_048_577))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
    await send('x'.repeat(1_048_576 - 8), { MessageAttributes });
    await expect(send('x'.repeat(1_048_576 - 7), { MessageAttributes })).rejects.toThrow('shorter than 1048576 bytes');
  });

  it('hides a received message for the visibility timeout', async () => {
    await send('hello');
    expect(await receive({ VisibilityTimeout: 10 })).toHaveLength(1);
    await bed.clock.advance(9_999);
    expect(await receive()).toEqual([]);
    await bed.clock.advance(1);
    expect(await receive()).toHaveLength(1);
  });

  it('hands a message back at once when its visibility becomes 0', async () => {
    await send('hello');
    const [message] = await receive();
    await hide(message, 0);
    expect(await receive()).toHaveLength(1);
  });

  it('keeps a message in flight for as long as its visibility is extended', async () => {
    await send('hello');
    const [message] = await receive({ VisibilityTimeout: 30 });
    for (let round = 0; round < 5; round++) {
      await bed.clock.advance(20_000);
      await hide(message, 30);
    }
    expect(await receive()).toEqual([]);
    await remove(message);
    expect(bed.sqs.depth('work')).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('refuses to change the visibility of a message that is not in flight', async () => {
    await send('hello');
    const [message] = await receive({ VisibilityTimeout: 5 });
    await bed.clock.advance(5_000);
    await expect(hide(message, 10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    await remove(message);
    await expect(hide(message, 10)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('refuses to keep a message in flight for more than twelve hours', async () => {
    await send('hello');
    const [message] = await receive({ VisibilityTimeout: 43_200 });
    await bed.clock.advance(1_000);
    await expect(hide(message, 43_200)).rejects.toThrow('beyond the limit');
    await hide(message, 43_199);
  });

  it('deletes with an older receipt handle too', async () => {
    await send('hello');
    const [first] = await receive({ VisibilityTimeout: 0 });
    const [second] = await receive();
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    await remove(first);
    await remove(first);
    expect(bed.sqs.depth('work')).toMatchObject({ visible: 0, inFlight: 0 });
  });

  it('refuses a receipt handle that it never gave', async () => {
    await expect(remove({ ReceiptHandle: 'nonsense' })).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
    const other = await bed.create('other');
    await bed.client.send(new SendMessageCommand({ QueueUrl: other, MessageBody: 'x' }));
    const [foreign] = await receive({ QueueUrl: other });
    await expect(remove(foreign)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  it('delays by message, else by queue', async () => {
    url = await bed.create('slow', { DelaySeconds: '5' });
    await send('queue');
    await send('message', { DelaySeconds: 7 });
    await send('now', { DelaySeconds: 0 });
    expect(bed.sqs.depth('slow')).toMatchObject({ visible: 1, inFlight: 0, delayed: 2 });
    expect(bodies(await receive())).toEqual(['now']);
    await bed.clock.advance(5_000);
    expect(bodies(await receive())).toEqual(['queue']);
    await bed.clock.advance(2_000);
    expect(bodies(await receive())).toEqual(['message']);
  });

  it('drops what outlived the retention period', async () => {
    url = await bed.create('short', { MessageRetentionPeriod: '60' });
    await send('old');
    await bed.clock.advance(59_999);
    await send('young');
    expect(bed.sqs.depth('short')).toMatchObject({ visible: 2, oldestAgeMs: 59_999 });
    await bed.clock.advance(1);
    expect(bodies(await receive())).toEqual(['young']);
    expect(bed.sqs.depth('short')).toMatchObject({ visible: 0, inFlight: 1, oldestAgeMs: 1 });
  });

  it('counts visible, in flight and delayed messages', async () => {
    await send('a');
    await send('b');
    await send('c', { DelaySeconds: 60 });
    await receive({ MaxNumberOfMessages: 1 });
    const { Attributes } = await bed.client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:work',
      CreatedTimestamp: String(START_MS / 1000),
      VisibilityTimeout: '30',
    });
  });

  it('purges, once a minute', async () => {
    await send('a');
    await bed.client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await receive()).toEqual([]);
    await expect(bed.client.send(new PurgeQueueCommand({ QueueUrl: url }))).rejects.toMatchObject({
      name: 'PurgeQueueInProgress',
    });
    await bed.clock.advance(60_000);
    await bed.client.send(new PurgeQueueCommand({ QueueUrl: url }));
  });
});
