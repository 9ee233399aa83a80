import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';
import { makeDeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeReplayJobRepository } from '#core/adapters/dynamodb/replay-job-repository.ts';
import { startReplay } from '#core/adapters/start-replay.ts';
import { type ReplaySlice, ReplaySliceSchema } from '#core/contracts/replay-slice.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { loadConfig } from '../shared/config.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { makeQueueAgain } from './queue-again.ts';
import { replaySlice } from './replay-slice.ts';

const config = loadConfig('endpointsTable', 'deliveriesTable', 'jobsTable', 'eventsQueueUrl');
const dynamo = makeDocumentClient();
const stepFunctions = makeStepFunctionsClient();
const jobs = makeReplayJobRepository({ dynamo, tableName: config.jobsTable, clock });
const dependencies = {
  jobs,
  log: makeDeliveryLog({ dynamo, tableName: config.deliveriesTable }),
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  queueAgain: makeQueueAgain({ sqs: makeSqsClient(), eventsQueueUrl: config.eventsQueueUrl, clock }),
  clock,
};

/** An execution may have 25,000 events in its history; a slice has about ten (Step Functions quotas). */
const MOST_SLICES = 1000;

/** One slice of a replay, called by its machine with what the slice before returned. */
export const handler = async (
  input: unknown,
): Promise<ReplaySlice & { readonly done: boolean; waitSeconds: number }> => {
  const slice = ReplaySliceSchema.parse(input);
  const fields = { accountId: slice.accountId, jobId: slice.jobId };
  const ended = { ...slice, done: true, waitSeconds: 0 };
  try {
    if (slice.giveUp) {
      await jobs.finish(slice, 'failed', 'Something went wrong again and again. The logs know the job by its id.');
      return ended;
    }
    const job = await jobs.get(slice);
    if (job?.status !== 'running') return ended;
    const result = await replaySlice(dependencies, job);
    const next = { ...slice, slices: slice.slices + 1 };
    if (result.done || next.slices < MOST_SLICES) return { ...next, ...result };
    await startReplay(stepFunctions, { ...next, slices: 0, execution: slice.execution + 1 });
    return ended;
  } catch (error) {
    logger.error('replay interrupted', { ...fields, error: error as Error });
    await trackingSettled();
    throw error;
  }
};
