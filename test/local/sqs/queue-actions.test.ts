import { DatabaseSync } from 'node:sqlite';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAwsServer } from '../../../local/aws/aws-server.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';
import { type SqsTestBed, startSqs } from './sqs-test-bed.ts';

let bed: SqsTestBed;

beforeEach(async () => {
  bed = await startSqs();
});
afterEach(() => bed.stop());

const attributes = async (QueueUrl: string, ...AttributeNames: string[]) => {
  const out = await bed.client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: AttributeNames as never[] }),
  );
  return out.Attributes;
};

describe('queues', () => {
  it('have an address of account and name on the server that was asked', async () => {
    const url = await bed.create('work');
    expect(url).toBe(`${bed.endpoint}/000000000000/work`);
    expect(await bed.client.send(new GetQueueUrlCommand({ QueueName: 'work' }))).toMatchObject({ QueueUrl: url });
  });

  it('are listed by prefix and in pages', async () => {
    for (const name of ['b2', 'a1', 'b1', 'b3']) await bed.create(name);
    const names = (urls: string[] | undefined) => urls?.map((url) => url.split('/').at(-1));
    const list = (input: object) => bed.client.send(new ListQueuesCommand({ QueueNamePrefix: 'b', ...input }));
    const first = await list({ MaxResults: 2 });
    expect(names(first.QueueUrls)).toEqual(['b1', 'b2']);
    const rest = await list({ MaxResults: 2, NextToken: first.NextToken });
    expect(names(rest.QueueUrls)).toEqual(['b3']);
    expect(rest.NextToken).toBeUndefined();
  });

  it('are created again only with the same attributes', async () => {
    const url = await bed.create('work', { VisibilityTimeout: '60' });
    expect(await bed.create('work', { VisibilityTimeout: '60' })).toBe(url);
    await expect(bed.create('work', { VisibilityTimeout: '61' })).rejects.toMatchObject({ name: 'QueueNameExists' });
  });

  it.each([
    ['bad name', 'a b', {}, 'InvalidParameterValue'],
    ['FIFO without suffix', 'a', { FifoQueue: 'true' }, 'InvalidParameterValue'],
    ['suffix without FIFO', 'a.fifo', {}, 'InvalidParameterValue'],
    ['visibility timeout over 12 h', 'a', { VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
    ['unknown attribute', 'a', { Colour: 'red' }, 'InvalidAttributeName'],
    ['FIFO attribute on a standard queue', 'a', { ContentBasedDeduplication: 'true' }, 'InvalidAttributeName'],
  ])('are refused with a %s', async (_, QueueName, Attributes, name) => {
    await expect(
      bed.client.send(new CreateQueueCommand({ QueueName, Attributes: Attributes as Record<string, string> })),
    ).rejects.toMatchObject({ name });
  });

  it('refuse high throughput without deduplication per group', async () => {
    await expect(bed.create('a.fifo', { FifoThroughputLimit: 'perMessageGroupId' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
  });

  it('change and lose attributes', async () => {
    const url = await bed.create('work');
    const set = (Attributes: Record<string, string>) =>
      bed.client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await set({ VisibilityTimeout: '77', Policy: '{"Version":"2012-10-17"}' });
    expect(await attributes(url, 'VisibilityTimeout', 'Policy')).toEqual({
      VisibilityTimeout: '77',
      Policy: '{"Version":"2012-10-17"}',
    });
    await set({ Policy: '' });
    expect(await attributes(url, 'Policy')).toBeUndefined();
    await expect(attributes(url, 'Colour')).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });

  it('are gone with their messages once deleted', async () => {
    const url = await bed.create('work');
    await bed.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }));
    await bed.client.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(bed.client.send(new GetQueueUrlCommand({ QueueName: 'work' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
    });
    await bed.create('work');
    expect(await bed.client.send(new ReceiveMessageCommand({ QueueUrl: url }))).not.toHaveProperty('Messages');
  });

  it('name the parameter that is missing', async () => {
    await expect(bed.client.send(new SendMessageCommand({ QueueUrl: undefined, MessageBody: 'x' }))).rejects.toThrow(
      'must contain the parameter QueueUrl',
    );
  });

  it('follow their template when it changes, and keep their messages', async () => {
    const spec = (VisibilityTimeout: number) => ({ name: 'work', properties: { VisibilityTimeout, Tags: [] } });
    bed.sqs.ensureQueues([spec(10)]);
    bed.sqs.send('work', { body: 'x', senderId: 'test' });
    bed.sqs.ensureQueues([spec(20)]);
    expect(await attributes(bed.sqs.queueUrl('work'), 'VisibilityTimeout')).toEqual({ VisibilityTimeout: '20' });
    expect(bed.sqs.depth('work').visible).toBe(1);
  });

  it('ask whether the caller may do what it wants', async () => {
    const asked: unknown[] = [];
    const sqs: SqsService = new SqsService({
      clock: bed.clock,
      database: new DatabaseSync(':memory:'),
      endpoint: () => server.endpoint,
      authorize: (request) => {
        asked.push(request);
        throw new AwsError('AccessDeniedException', 'No.');
      },
    });
    const server = await startAwsServer({ services: new Map([['sqs', sqs]]), onDefect: () => {} });
    sqs.ensureQueues([{ name: 'work', properties: {} }]);
    const QueueUrl = sqs.queueUrl('work');
    const response = await fetch(server.endpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': 'AmazonSQS.SendMessage',
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIAROLE/20261120/us-east-1/sqs/aws4_request',
      },
      body: JSON.stringify({ QueueUrl, MessageBody: 'x' }),
    });
    expect(response.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
    expect(asked).toEqual([
      { accessKeyId: 'AKIAROLE', action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:000000000000:work' },
    ]);
    expect(sqs.depth('work').visible).toBe(0);
    await server.close();
  });
});
