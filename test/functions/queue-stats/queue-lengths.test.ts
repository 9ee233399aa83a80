import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureQueues } from '../../../functions/queue-stats/queue-lengths.ts';
import { type SqsTestBed, START_MS, startSqs } from '../../local/sqs/sqs-test-bed.ts';

const MINUTE_MS = 60_000;

let bed: SqsTestBed;
let urls: Readonly<Record<'first' | 'second' | 'events' | 'bulk', string>>;
let sent: Readonly<Record<string, number>>[];

const measure = (minutes = 0) =>
  measureQueues({
    sqs: bed.client,
    outboundQueueUrls: [urls.first, urls.second],
    eventsQueueUrl: urls.events,
    bulkQueueUrl: urls.bulk,
    clock: { now: () => START_MS + minutes * MINUTE_MS },
    count: (metrics) => void sent.push(metrics),
  });

async function fill(queueUrl: string, messages: number): Promise<void> {
  const Entries = Array.from({ length: messages }, (_, index) => ({
    Id: String(index),
    MessageBody: String(index),
    ...(queueUrl.endsWith('.fifo') && { MessageGroupId: 'chat', MessageDeduplicationId: String(index) }),
  }));
  await bed.client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
}

beforeEach(async () => {
  bed = await startSqs();
  sent = [];
  const [first, second, events, bulk] = await Promise.all([
    bed.create('first.fifo'),
    bed.create('second.fifo'),
    bed.create('events.fifo'),
    bed.create('bulk'),
  ]);
  urls = { first, second, events, bulk };
});
afterEach(() => bed.stop());

describe('measureQueues', () => {
  it('tells the length of the longest outbound queue and of the longer lane of webhooks', async () => {
    await Promise.all([fill(urls.first, 2), fill(urls.second, 7), fill(urls.events, 1), fill(urls.bulk, 3)]);
    await measure();
    expect(sent).toEqual([{ OutboundLength: 7, WebhooksLength: 3 }]);
  });

  it('says so when nothing waits, and asks in every fifth minute only', async () => {
    for (let minute = 0; minute < 11; minute++) await measure(minute);
    expect(sent).toEqual([0, 5, 10].map(() => ({ OutboundLength: 0, WebhooksLength: 0 })));
  });
});
