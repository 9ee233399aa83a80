import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeApiKeyRepository } from '#core/adapters/dynamodb/api-key-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { makeAuthenticate } from '../shared/authenticate.ts';
import { loadConfig } from '../shared/config.ts';
import { makeGraphRoutes } from './graph-routes.ts';
import { makeSendMessage } from './send-message.ts';

const config = loadConfig('accountsTable', 'sessionsTable', 'outboundQueueUrls');
const dynamo = makeDocumentClient();
const random = randomBytes;
const outbound = makeOutboundQueue({ sqs: makeSqsClient(), queueUrls: config.outboundQueueUrls, random });
const sessions = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
const keys = makeApiKeyRepository({ dynamo, tableName: config.accountsTable, clock, random });
const sendMessage = makeSendMessage({ sessions, outbound, clock, random });

/** `$default`: everything Graph-shaped, and every path that is nobody's. */
export const handler = apiHandler(makeGraphRoutes({ sessions, sendMessage }), makeAuthenticate({ keys, clock }));
