import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeApiKeyRepository } from '#core/adapters/dynamodb/api-key-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeWebhookUrlCheck } from '#core/adapters/http/webhook-url.ts';
import { makeWebhookSecrets } from '#core/adapters/kms-secrets.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { makeAuthenticate } from '../shared/authenticate.ts';
import { loadConfig } from '../shared/config.ts';
import { makeRouter } from '../shared/router.ts';
import { makeAnnounceEndpoints } from './announce-endpoints.ts';
import { makeCreateWebhook, makeDeleteWebhook, makeGetWebhook, makeListWebhooks } from './webhook-routes.ts';

const config = loadConfig(
  'accountsTable',
  'sessionsTable',
  'endpointsTable',
  'outboundQueueUrls',
  'secretsKeyId',
  'privateTargets',
);
const dynamo = makeDocumentClient();
const random = randomBytes;
const sessions = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
const outbound = makeOutboundQueue({ sqs: makeSqsClient(), queueUrls: config.outboundQueueUrls, random });
const dependencies = {
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  sessions,
  secrets: makeWebhookSecrets({ kms: makeKmsClient(), keyId: config.secretsKeyId }),
  checkUrl: makeWebhookUrlCheck({ privateTargets: config.privateTargets, clock }),
  announce: makeAnnounceEndpoints({ sessions, outbound, clock }),
  clock,
  random,
};
const keys = makeApiKeyRepository({ dynamo, tableName: config.accountsTable, clock, random });

const router = makeRouter([
  { method: 'POST', path: '/webhooks', run: makeCreateWebhook(dependencies) },
  { method: 'GET', path: '/webhooks', run: makeListWebhooks(dependencies) },
  { method: 'GET', path: '/webhooks/{id}', run: makeGetWebhook(dependencies) },
  { method: 'DELETE', path: '/webhooks/{id}', run: makeDeleteWebhook(dependencies) },
]);

/** All of /webhooks. */
export const handler = apiHandler(router, makeAuthenticate({ keys, clock }));
