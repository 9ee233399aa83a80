import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { comesBackAfterS, makeComeBack } from '../../../functions/deliver/come-back.ts';

const record = (receiptHandle: string, receives: number, queue = 'events.fifo'): SQSRecord =>
  ({
    receiptHandle,
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    attributes: { ApproximateReceiveCount: String(receives) },
  }) as unknown as SQSRecord;

function comeBackOver(answer: () => object = () => ({})) {
  const asked: unknown[] = [];
  const sqs = {
    send: async ({ input }: { readonly input: unknown }) => {
      asked.push(input);
      return answer();
    },
  } as unknown as SQSClient;
  return { asked, comeBack: makeComeBack({ sqs, queueUrls: { events: 'E', bulk: 'B' } }) };
}

describe('records that could not be worked on', () => {
  it('come back later and later, and after an outage within two minutes', () => {
    expect([1, 2, 3, 4, 20].map(comesBackAfterS)).toEqual([15, 30, 60, 90, 90]);
  });

  it('come back together, after the wait of the one that was received most often', async () => {
    const { asked, comeBack } = comeBackOver();
    await comeBack.soon([record('a', 1), record('b', 3)]);
    await comeBack.soon([record('c', 1, 'bulk')]);
    const entry = (Id: string, ReceiptHandle: string, VisibilityTimeout: number) => ({
      Id,
      ReceiptHandle,
      VisibilityTimeout,
    });
    expect(asked).toEqual([
      { QueueUrl: 'E', Entries: [entry('0', 'a', 60), entry('1', 'b', 60)] },
      { QueueUrl: 'B', Entries: [entry('0', 'c', 15)] },
    ]);
  });

  it('cost nothing where there are none, and are left to their queue where SQS does not answer', async () => {
    const { asked, comeBack } = comeBackOver(() => {
      throw new Error('no route');
    });
    await comeBack.soon([]);
    expect(asked).toEqual([]);
    await expect(comeBack.soon([record('a', 1)])).resolves.toBeUndefined();
  });
});
