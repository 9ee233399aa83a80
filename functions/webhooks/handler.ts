import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeBacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { makeEndpointHealth } from '#core/adapters/dynamodb/endpoint-health.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeEndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { makeWebhookUrlCheck } from '#core/adapters/http/webhook-url.ts';
import { makeWebhookSecrets } from '#core/adapters/kms-secrets.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { loadConfig } from '../shared/config.ts';
import { keyAuthentication } from '../shared/key-authentication.ts';
import { makeRouter } from '../shared/router.ts';
import { makeAnnounceEndpoints } from '../shared/webhooks/announce-endpoints.ts';
import { makeConfirmRotation, makeRotateSecret } from './rotate-secret.ts';
import { makeTestWebhook } from './test-webhook.ts';
import { makeVerifyWebhook } from './verify-receiver.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import {
  makeChangeWebhook,
  makeCreateWebhook,
  makeDeleteWebhook,
  makeGetWebhook,
  makeListWebhooks,
} from './webhook-routes.ts';

const config = loadConfig(
  'sessionsTable',
  'endpointsTable',
  'endpointStatesTable',
  'backlogTable',
  'outboundQueueUrls',
  'secretsKeyId',
  'privateTargets',
  'version',
);
const dynamo = makeDocumentClient();
const random = randomBytes;
const sessions = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
const outbound = makeOutboundQueue({ sqs: makeSqsClient(), queueUrls: config.outboundQueueUrls, random });
const { privateTargets, version } = config;
const states = makeEndpointStateRepository({ dynamo, tableName: config.endpointStatesTable, clock });
const backlog = makeBacklogRepository({ dynamo, tableName: config.backlogTable, clock });
const dependencies: WebhookDependencies = {
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  health: makeEndpointHealth({ dynamo, statesTable: config.endpointStatesTable, states, backlog }),
  states,
  sessions,
  secrets: makeWebhookSecrets({ kms: makeKmsClient(), keyId: config.secretsKeyId }),
  checkUrl: makeWebhookUrlCheck({ privateTargets, clock }),
  http: makeGuardedHttpClient({ privateTargets, clock }),
  announce: makeAnnounceEndpoints({ sessions, outbound, clock }),
  clock,
  random,
  version,
};

const router = makeRouter([
  { method: 'POST', path: '/webhooks', run: makeCreateWebhook(dependencies) },
  { method: 'GET', path: '/webhooks', run: makeListWebhooks(dependencies) },
  { method: 'GET', path: '/webhooks/{id}', run: makeGetWebhook(dependencies) },
  { method: 'PATCH', path: '/webhooks/{id}', run: makeChangeWebhook(dependencies) },
  { method: 'DELETE', path: '/webhooks/{id}', run: makeDeleteWebhook(dependencies) },
  { method: 'POST', path: '/webhooks/{id}/test', run: makeTestWebhook(dependencies) },
  { method: 'POST', path: '/webhooks/{id}/verify', run: makeVerifyWebhook(dependencies) },
  { method: 'POST', path: '/webhooks/{id}/rotate-secret', run: makeRotateSecret(dependencies) },
  { method: 'POST', path: '/webhooks/{id}/rotate-secret/confirm', run: makeConfirmRotation(dependencies) },
]);

/** All of /webhooks. */
export const handler = apiHandler(router, keyAuthentication(dynamo));
