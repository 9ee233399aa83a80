import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnsEvent } from '../../../local/sns/delivery.ts';
import { type SnsTestBed, startSns } from './sns-test-bed.ts';

let bed: SnsTestBed;
let topicArn: string;

beforeEach(async () => {
  bed = await startSns();
  topicArn = bed.sns.createTopic('Failures').arn;
});
afterEach(() => bed.stop());

const nextEvent = () =>
  new Promise<SnsEvent>((resolve) => {
    const stop = bed.sns.on((event) => {
      stop();
      resolve(event);
    });
  });

describe('a delivery over HTTP', () => {
  let receiver: Server;
  let url: string;
  let statuses: number[];
  let requests: { headers: IncomingHttpHeaders; body: string }[];

  beforeEach(async () => {
    statuses = [];
    requests = [];
    receiver = createServer((request, response) => {
      void (async () => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        requests.push({ headers: request.headers, body });
        response.writeHead(statuses.shift() ?? 200).end();
        receiver.emit('served');
      })();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  });
  afterEach(() => receiver.close());

  it('posts the envelope', async () => {
    const subscriptionArn = bed.sns.subscribe({ topicArn, protocol: 'http', endpoint: url }).arn;
    const delivered = nextEvent();
    const messageId = bed.sns.publish(topicArn, { message: 'hello' });
    expect(await delivered).toEqual({
      type: 'delivered',
      topicArn,
      subscriptionArn,
      messageId,
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': messageId,
      'x-amz-sns-subscription-arn': subscriptionArn,
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ Message: 'hello', TopicArn: topicArn });
  });

  it('tries three times, 20 s apart, then gives up', async () => {
    bed.sns.subscribe({ topicArn, protocol: 'http', endpoint: url });
    statuses = [500, 302, 404];
    const failed = nextEvent();
    for (let attempt = 0; attempt < 3; attempt++) {
      const served = once(receiver, 'served');
      if (attempt === 0) bed.sns.publish(topicArn, { message: 'hello' });
      else await bed.clock.advance(20_000);
      await served;
      await retryIsSet(attempt < 2);
    }
    expect(await failed).toMatchObject({ type: 'failed', reason: expect.stringContaining('HTTP status 404') });
    expect(requests).toHaveLength(3);
  });

  /** The next attempt is set on the clock once the answer of this one has arrived. */
  async function retryIsSet(expected: boolean): Promise<void> {
    if (!expected) return;
    for (let turn = 0; turn < 100_000 && bed.clock.untilNext() === undefined; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bed.clock.untilNext()).toBe(20_000);
  }
});
