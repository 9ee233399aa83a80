import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListAliasesCommand } from '@aws-sdk/client-kms';
import { ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeSnsClient } from '#core/adapters/clients/sns-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';

let server: Server;

/** AWS that takes every request and says nothing. */
beforeAll(async () => {
  server = createServer((request) => void request.resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

describe('an AWS call that never gets an answer', () => {
  it.concurrent.each<[string, () => Promise<unknown>]>([
    ['DynamoDB', () => makeDocumentClient().send(new GetCommand({ TableName: 'events', Key: { pk: 'a' } }))],
    ['SQS', () => makeSqsClient().send(new ListQueuesCommand({}))],
    ['SNS', () => makeSnsClient().send(new ListTopicsCommand({}))],
    ['KMS', () => makeKmsClient().send(new ListAliasesCommand({}))],
    ['Step Functions', () => makeStepFunctionsClient().send(new ListStateMachinesCommand({}))],
  ])('ends by itself: %s', async (_service, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
