import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeAnswerRepository } from '#core/adapters/dynamodb/answer-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeLeaseMarks } from '#core/adapters/dynamodb/lease-marks.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeOutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { loadConfig } from '../shared/config.ts';
import { keyAuthentication } from '../shared/key-authentication.ts';
import { makeRouter } from '../shared/router.ts';
import { makePatchSession } from './change-session.ts';
import { makeCreateSession } from './create-session.ts';
import { makeDiagnostics } from './diagnostics.ts';
import { makePairingCode } from './pairing-code.ts';
import { makeGetSession, makeListSessions } from './read-sessions.ts';
import { makeChangeSession, makeDeleteSession } from './session-life.ts';
import { makeShowQr } from './show-qr.ts';

const config = loadConfig(
  'sessionsTable',
  'endpointsTable',
  'answersTable',
  'tasksTable',
  'outboundQueueUrls',
  'proxies',
);
const dynamo = makeDocumentClient();
const random = randomBytes;
const dependencies = {
  sessions: makeSessionRepository({ dynamo, tableName: config.sessionsTable }),
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  answers: makeAnswerRepository({ dynamo, tableName: config.answersTable, clock }),
  outbound: makeOutboundQueue({ sqs: makeSqsClient(), queueUrls: config.outboundQueueUrls, random }),
  leases: makeLeaseMarks({ dynamo, tableName: config.tasksTable }),
  proxies: config.proxies,
  clock,
  random,
};

const router = makeRouter([
  { method: 'POST', path: '/sessions', run: makeCreateSession(dependencies) },
  { method: 'GET', path: '/sessions', run: makeListSessions(dependencies) },
  { method: 'GET', path: '/sessions/{id}', run: makeGetSession(dependencies) },
  { method: 'PATCH', path: '/sessions/{id}', run: makePatchSession(dependencies) },
  { method: 'DELETE', path: '/sessions/{id}', run: makeDeleteSession(dependencies) },
  { method: 'GET', path: '/sessions/{id}/qr', run: makeShowQr(dependencies) },
  { method: 'GET', path: '/sessions/{id}/diagnostics', run: makeDiagnostics(dependencies) },
  { method: 'POST', path: '/sessions/{id}/pairing-code', run: makePairingCode(dependencies) },
  { method: 'POST', path: '/sessions/{id}/start', run: makeChangeSession(dependencies, 'session.start') },
  { method: 'POST', path: '/sessions/{id}/stop', run: makeChangeSession(dependencies, 'session.stop') },
  { method: 'POST', path: '/sessions/{id}/logout', run: makeChangeSession(dependencies, 'session.logout') },
]);

/** All of /sessions. */
export const handler = apiHandler(router, keyAuthentication(dynamo));
