import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UndiciHttpHandler } from '@smithy/undici-http-handler';
import { FILE_LIMITS, REQUEST_LIMITS } from '#core/adapters/clients/request-limits.ts';
import { HEARTBEAT_ATTEMPTS, HEARTBEAT_LIMITS } from './task/figures.ts';
import { gatedDispatcher } from './task/gated-dispatcher.ts';
import type { Silence } from './task/self-fence.ts';

/** Clients whose requests leave only while the task may act. */
export interface AwsClients {
  readonly dynamo: DynamoDBDocumentClient;
  /** For the rows of every message: attributes are passed as they are, and each kind of call is composed once. */
  readonly rawDynamo: DynamoDBClient;
  readonly sqs: SQSClient;
  /** Files. */
  readonly s3: S3Client;
  /** For receiving only: long polls would fill the sockets of others. */
  readonly polling: SQSClient;
}

/** The SDK's own number of sockets for one client. */
const SOCKETS = 50;
/** Long polls last 20 s; one socket for each shard and some to spare (24 shards at most). */
const POLLING_SOCKETS = 32;
/** A long poll lasts 20 s. Milliseconds. */
const POLLING_TIMEOUT_MS = 30_000;
/** The middleware of each kind of call is composed at the first one and kept; nothing is added to a client later. */
const COMPOSED_ONCE = { cacheMiddleware: true };
/** `undefined` attributes are left out. */
const PLAIN_OBJECTS = { marshallOptions: { removeUndefinedValues: true } };

export function makeAwsClients(silence: Silence): AwsClients {
  const handler = (requestTimeoutMs: number, sockets = SOCKETS): UndiciHttpHandler =>
    new UndiciHttpHandler({ dispatcher: gatedDispatcher(silence, { requestTimeoutMs, sockets }) });
  const toDynamo = handler(REQUEST_LIMITS.requestTimeout);
  const rawDynamo = new DynamoDBClient({ requestHandler: toDynamo, ...COMPOSED_ONCE });
  // The document client refuses composed calls: it adds its own steps to each.
  const dynamo = new DynamoDBClient({ requestHandler: toDynamo });
  const sqs = new SQSClient({ requestHandler: handler(REQUEST_LIMITS.requestTimeout), ...COMPOSED_ONCE });
  const polling = new SQSClient({ requestHandler: handler(POLLING_TIMEOUT_MS, POLLING_SOCKETS) });
  const s3 = new S3Client({ requestHandler: handler(FILE_LIMITS.requestTimeout) });
  for (const { middlewareStack } of [s3, rawDynamo, dynamo, sqs, polling]) {
    holdBack(middlewareStack, silence);
    tryBrokenAnswersAgain(middlewareStack);
  }
  return { dynamo: DynamoDBDocumentClient.from(dynamo, PLAIN_OBJECTS), rawDynamo, sqs, s3, polling };
}

/**
 * For heartbeats and the lease: they decide about silence, so they leave in any case. Through node:http, whose limits are kept to the
 * millisecond: undici's clock ticks twice a second.
 */
export function makeTaskClient(): DynamoDBDocumentClient {
  const dynamo = new DynamoDBClient({ requestHandler: HEARTBEAT_LIMITS, maxAttempts: HEARTBEAT_ATTEMPTS });
  return DynamoDBDocumentClient.from(dynamo, PLAIN_OBJECTS);
}

type Stack = (DynamoDBClient | SQSClient | S3Client)['middlewareStack'];

/** Requests of a silent task wait before they are signed; the dispatchers catch those that were on their way. */
function holdBack(stack: Stack, silence: Silence): void {
  (stack as DynamoDBClient['middlewareStack']).add(
    (next) => async (args) => {
      await silence.lifted();
      return next(args);
    },
    { step: 'initialize', name: 'holdBackWhileSilent' },
  );
}

/**
 * An answer that broke off in the middle is asked for again. The handler gives undici's errors names that the SDK tries again, but only
 * to those that come before the answer (@smithy/undici-http-handler 3.2, `handle`).
 */
function tryBrokenAnswersAgain(stack: Stack): void {
  (stack as DynamoDBClient['middlewareStack']).add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && 'code' in error && String(error.code).startsWith('UND_ERR_'))
          error.name = 'TimeoutError';
        throw error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'tryBrokenAnswersAgain' },
  );
}
