import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnsEvent } from '../../../local/sns/delivery.ts';
import { type SnsTestBed, startSns } from './sns-test-bed.ts';

let bed: SnsTestBed;
let TopicArn: string;

beforeEach(async () => {
  bed = await startSns();
  bed.sqs.ensureQueues([{ name: 'failures', properties: {} }]);
  TopicArn = (await bed.client.send(new CreateTopicCommand({ Name: 'Failures' }))).TopicArn ?? '';
});
afterEach(() => bed.stop());

const publish = (Message: string, more: Partial<PublishCommandInput> = {}) =>
  bed.client.send(new PublishCommand({ TopicArn, Message, ...more }));
const subscribe = async (Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) => {
  const out = await bed.client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
  return out.SubscriptionArn;
};
const subscribeQueue = (attributes?: Record<string, string>) =>
  subscribe('sqs', bed.sqs.queueArn('failures'), attributes);
const received = async () => await bed.sqs.receive('failures', { max: 10 });
const nextEvent = () =>
  new Promise<SnsEvent>((resolve) => {
    const stop = bed.sns.on((event) => {
      stop();
      resolve(event);
    });
  });

describe('topics', () => {
  it('are created once, listed, described and deleted', async () => {
    expect(TopicArn).toBe('arn:aws:sns:us-east-1:000000000000:Failures');
    expect(await bed.client.send(new CreateTopicCommand({ Name: 'Failures' }))).toMatchObject({ TopicArn });
    expect(await bed.client.send(new ListTopicsCommand())).toMatchObject({ Topics: [{ TopicArn }] });
    await subscribeQueue();
    const { Attributes } = await bed.client.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ TopicArn, SubscriptionsConfirmed: '1' });
    await bed.client.send(new DeleteTopicCommand({ TopicArn }));
    await expect(publish('x')).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('keep their attributes, whatever characters are in them', async () => {
    const DisplayName = '<Pombo> & "friends" 🕊️\r\n';
    await bed.client.send(new CreateTopicCommand({ Name: 'Failures', Attributes: { DisplayName } }));
    const { Attributes } = await bed.client.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ DisplayName });
  });

  it('come back with their subscriptions after a restart', async () => {
    await subscribeQueue({ RawMessageDelivery: 'true' });
    const again = await startSns(bed.database);
    await again.client.send(new PublishCommand({ TopicArn, Message: 'still here' }));
    expect(await again.sqs.receive('failures', { max: 1 })).toMatchObject([{ Body: 'still here' }]);
    await again.stop();
  });
});

describe('subscriptions', () => {
  it('are made once for an endpoint, listed and removed', async () => {
    const SubscriptionArn = await subscribeQueue();
    expect(await subscribeQueue()).toBe(SubscriptionArn);
    const list = () => bed.client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect((await list()).Subscriptions).toEqual([
      {
        SubscriptionArn,
        TopicArn,
        Owner: '000000000000',
        Protocol: 'sqs',
        Endpoint: 'arn:aws:sqs:us-east-1:000000000000:failures',
      },
    ]);
    await bed.client.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect((await list()).Subscriptions).toEqual([]);
  });

  it.each([
    ['an unknown attribute', { Colour: 'red' }],
    ['a filter that is not JSON', { FilterPolicy: '{' }],
    ['a filter that is not known here', { FilterPolicy: '{"a":[{"numeric":[">",1]}]}' }],
  ])('are refused with %s', async (_, attributes) => {
    await expect(subscribeQueue(attributes)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('a delivery to a queue', () => {
  it('wraps the message, subject and attributes in an envelope', async () => {
    await subscribeQueue();
    const { MessageId } = await publish('🕊️ <&> \u2028\r\n', {
      Subject: 'dead letter',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'dead' } },
    });
    const [message] = await received();
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn,
      Subject: 'dead letter',
      Message: '🕊️ <&> \u2028\r\n',
      Timestamp: '2026-11-20T00:00:00.000Z',
      MessageAttributes: { kind: { Type: 'String', Value: 'dead' } },
    });
    expect(message).not.toHaveProperty('MessageAttributes.kind');
  });

  it('is the message itself, with its attributes, when it is raw', async () => {
    await subscribeQueue({ RawMessageDelivery: 'true' });
    await publish('plain', { MessageAttributes: { raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) } } });
    expect(await received()).toMatchObject([
      { Body: 'plain', MessageAttributes: { raw: { DataType: 'Binary', BinaryValue: 'AQI=' } } },
    ]);
  });

  it('is told as failed when the queue is gone', async () => {
    await subscribe('sqs', bed.sqs.queueArn('nowhere'));
    const event = nextEvent();
    await publish('x');
    expect(await event).toMatchObject({ type: 'failed', reason: expect.stringContaining('does not exist') });
  });
});

describe('a filter policy', () => {
  const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue });

  it.each([
    ['{"kind":["dead","late"]}', { kind: text('late') }, true],
    ['{"kind":["dead"]}', { kind: text('late') }, false],
    ['{"kind":["dead"]}', undefined, false],
    ['{"kind":["dead"],"size":[2]}', { kind: text('dead'), size: text('2.0', 'Number') }, true],
    ['{"kind":["dead"],"size":[2]}', { kind: text('dead') }, false],
    ['{"size":["2"]}', { size: text('2', 'Number') }, false],
    ['{"tags":["b"]}', { tags: text('["a","b"]', 'String.Array') }, true],
    ['{"kind":[{"exists":false}]}', undefined, true],
    ['{"kind":[{"prefix":"de"}]}', { kind: text('dead') }, true],
  ])('%s decides about %j', async (FilterPolicy, MessageAttributes, passes) => {
    await subscribeQueue({ FilterPolicy });
    await publish('x', { MessageAttributes: MessageAttributes as PublishCommandInput['MessageAttributes'] });
    expect(await received()).toHaveLength(passes ? 1 : 0);
  });
});

describe('other deliveries', () => {
  it('hand e-mails to the runner', async () => {
    await subscribe('email', 'ops@example.com');
    await publish('for people', { Subject: 'Pombo' });
    expect(bed.mails).toEqual([{ to: 'ops@example.com', subject: 'Pombo', text: 'for people' }]);
  });

  it('invoke functions with the event of SNS', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    await subscribe('lambda', arn);
    await publish('hello');
    expect(bed.invocations).toMatchObject([
      { arn, event: { Records: [{ EventSource: 'aws:sns', Sns: { Message: 'hello', TopicArn, Subject: null } }] } },
    ]);
  });
});

describe('publishing', () => {
  it('takes 256 KiB and not a byte more', async () => {
    await publish('x'.repeat(262_144));
    await expect(publish('x'.repeat(262_145))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('chooses the text by protocol when the message is structured', async () => {
    await subscribeQueue({ RawMessageDelivery: 'true' });
    await subscribe('email', 'ops@example.com');
    await publish(JSON.stringify({ default: 'all', email: 'people' }), { MessageStructure: 'json' });
    expect(await received()).toMatchObject([{ Body: 'all' }]);
    expect(bed.mails).toMatchObject([{ text: 'people' }]);
  });

  it.each([
    ['an empty message', '', {}],
    ['a subject with a line break', 'x', { Subject: 'a\nb' }],
    ['a structured message without default', '{"email":"x"}', { MessageStructure: 'json' }],
  ])('is refused with %s', async (_, message, more) => {
    await expect(publish(message, more)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('takes a batch, of which single entries may fail', async () => {
    await subscribeQueue({ RawMessageDelivery: 'true' });
    const batch = (PublishBatchRequestEntries: { Id: string; Message: string }[]) =>
      bed.client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
    const out = await batch([
      { Id: 'a', Message: 'one' },
      { Id: 'b', Message: '' },
      { Id: 'c', Message: 'three' },
    ]);
    expect(out.Successful?.map((entry) => entry.Id)).toEqual(['a', 'c']);
    expect(out.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameter', SenderFault: true }]);
    expect((await received()).map((message) => message.Body)).toEqual(['one', 'three']);
    const twice = [1, 2].map(() => ({ Id: 'a', Message: 'x' }));
    await expect(batch(twice)).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinctException' });
    const big = ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(131_073) }));
    await expect(batch(big)).rejects.toMatchObject({ name: 'BatchRequestTooLongException' });
  });
});
