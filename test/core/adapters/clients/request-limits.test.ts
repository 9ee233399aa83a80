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
import { stubAws } from '../../../support/stubbed-aws.ts';

let end: () => void;

/** AWS takes every request and says nothing. */
beforeAll(async () => {
  end = await stubAws((request) => void request.resume());
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});
afterAll(() => end());

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
