import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';
import { makeDeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeReplayJobRepository } from '#core/adapters/dynamodb/replay-job-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { startReplay } from '#core/adapters/start-replay.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { loadConfig } from '../shared/config.ts';
import { keyAuthentication } from '../shared/key-authentication.ts';
import { makeRouter } from '../shared/router.ts';
import type { DeliveriesDependencies } from './deliveries-dependencies.ts';
import { makeGetDelivery, makeListDeadLetters, makeListDeliveries } from './delivery-routes.ts';
import { makeCancelReplay, makeCreateReplay, makeGetReplay, makeListReplays } from './replay-routes.ts';

const config = loadConfig(
  'sessionsTable',
  'endpointsTable',
  'deliveriesTable',
  'jobsTable',
  'outboundQueueUrls',
  'replayStateMachineArn',
);
const dynamo = makeDocumentClient();
const random = randomBytes;
const stepFunctions = makeStepFunctionsClient();
const machine = config.replayStateMachineArn;
const dependencies: DeliveriesDependencies = {
  log: makeDeliveryLog({ dynamo, tableName: config.deliveriesTable }),
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  sessions: makeSessionRepository({ dynamo, tableName: config.sessionsTable }),
  jobs: makeReplayJobRepository({ dynamo, tableName: config.jobsTable, clock }),
  begin: ({ accountId, jobId }) => startReplay(stepFunctions, { accountId, jobId, machine, slices: 0, execution: 0 }),
  outbound: makeOutboundQueue({ sqs: makeSqsClient(), queueUrls: config.outboundQueueUrls, random }),
  clock,
  random,
};

const router = makeRouter([
  { method: 'GET', path: '/deliveries', run: makeListDeliveries(dependencies) },
  { method: 'GET', path: '/deliveries/{id}', run: makeGetDelivery(dependencies) },
  { method: 'GET', path: '/dead-letters', run: makeListDeadLetters(dependencies) },
  { method: 'POST', path: '/replays', run: makeCreateReplay(dependencies) },
  { method: 'GET', path: '/replays', run: makeListReplays(dependencies) },
  { method: 'GET', path: '/replays/{id}', run: makeGetReplay(dependencies) },
  { method: 'POST', path: '/replays/{id}/cancel', run: makeCancelReplay(dependencies) },
]);

/** All of /deliveries, /dead-letters and /replays. */
export const handler = apiHandler(router, keyAuthentication(dynamo));
