import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { queueDepth } from '#core/adapters/sqs/queue-depth.ts';
import { loadConfig } from '../shared/config.ts';
import { countingTogether } from '../shared/count.ts';
import { makeDeliveryDependencies } from '../shared/delivery/delivery-dependencies.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { makeComeBack } from './come-back.ts';
import { makeEndpointRate } from './endpoint-rate.ts';
import { type Lane, makeDeliver } from './make-deliver.ts';
import { makeUnreadableQueue } from './unreadable-queue.ts';

const config = loadConfig(
  'retryStateMachineArn',
  'recoveryStateMachineArn',
  'eventsQueueUrl',
  'eventsDeadLetterQueueUrl',
  'bulkQueueUrl',
  'bulkDeadLetterQueueUrl',
  'deliverCalls',
);
const shared = makeDeliveryDependencies({
  retryMachineArn: config.retryStateMachineArn,
  recoveryMachineArn: config.recoveryStateMachineArn,
});
const sqs = makeSqsClient();
const queueUrls: Readonly<Record<Lane, string>> = { events: config.eventsQueueUrl, bulk: config.bulkQueueUrl };
const unreadable = makeUnreadableQueue({
  sqs,
  queueUrls: { events: config.eventsDeadLetterQueueUrl, bulk: config.bulkDeadLetterQueueUrl },
});
const deliver = makeDeliver(
  {
    ...shared,
    unreadable,
    comeBack: makeComeBack({ sqs, queueUrls }),
    rate: makeEndpointRate({ ...shared, calls: config.deliverCalls }),
  },
  async (lane) => (await queueDepth(sqs, queueUrls[lane])).waiting,
);

/** First attempt of each event of a batch. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  try {
    return await countingTogether(() => deliver(event, context));
  } finally {
    await trackingSettled();
  }
};
