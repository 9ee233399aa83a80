import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';
import { EventDeliverySchema } from '#core/contracts/event.ts';
import { ATTEMPT_MS, attemptDelivery } from '../shared/attempt-delivery.ts';
import { loadConfig } from '../shared/config.ts';
import { makeDeliveryDependencies } from '../shared/delivery-dependencies.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { readRecord } from '../shared/read-record.ts';
import { processBatch, type RecordResult } from './process-batch.ts';
import { makeStartRetry } from './start-retry.ts';

const config = loadConfig('retryStateMachineArn');
const dependencies = makeDeliveryDependencies();
const startRetry = makeStartRetry({
  stepFunctions: makeStepFunctionsClient(),
  stateMachineArn: config.retryStateMachineArn,
});

/** Beside the attempt itself: reading, recording, starting the retry. Milliseconds. */
const AROUND_ATTEMPT_MS = 5000;

/**
 * First attempt of each event of a batch. What failed, and what the time left is too short for behind a slow endpoint, goes to the
 * retry machine: returning it to the queue would hide it for the whole visibility timeout and count as a receive.
 */
async function deliver(record: SQSRecord, context: Context): Promise<RecordResult> {
  const delivery = readRecord(EventDeliverySchema, record);
  if (!delivery) return 'poison';
  try {
    const late = context.getRemainingTimeInMillis() < ATTEMPT_MS + AROUND_ATTEMPT_MS;
    const outcome = late ? 'failed' : await attemptDelivery(dependencies, delivery);
    if (outcome === 'failed') await startRetry(delivery);
    return 'done';
  } catch (error) {
    logger.error('delivery returned to the queue', { eventId: delivery.event.eventId, error: error as Error });
    throw error;
  }
}

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const fifo = event.Records[0]?.eventSourceARN.endsWith('.fifo') ?? false;
  const response = await processBatch(event.Records, fifo ? 'ordered' : 'unordered', (record) =>
    deliver(record, context),
  );
  await trackingSettled();
  return response;
};
