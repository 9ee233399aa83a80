import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { makeCloudWatchClient } from '#core/adapters/clients/cloudwatch-client.ts';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { readTasks } from '#core/adapters/dynamodb/task-repository.ts';
import { queueAges } from '#core/adapters/queue-ages.ts';
import { queueDepth, queueNameOf } from '#core/adapters/sqs/queue-depth.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { loadConfig } from '../shared/config.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { keyAuthentication } from '../shared/key-authentication.ts';
import { logger } from '../shared/logger.ts';
import { wrongMethod } from '../shared/router.ts';
import { deepHealth, type HealthDependencies, withoutKeys } from './deep-health.ts';
import { writeProbe } from './write-probe.ts';

const config = loadConfig(
  'sessionsTable',
  'tasksTable',
  'limitsTable',
  'outboundQueueUrls',
  'outboundDeadLetterQueueUrl',
  'eventsQueueUrl',
  'eventsDeadLetterQueueUrl',
  'bulkQueueUrl',
  'bulkDeadLetterQueueUrl',
  'secretsKeyId',
  'retryStateMachineArn',
  'version',
);
const dynamo = makeDocumentClient();
const sqs = makeSqsClient();
const kms = makeKmsClient();
const cloudwatch = makeCloudWatchClient();
const stepFunctions = makeStepFunctionsClient();
const sessions = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
const queueUrls = [
  ...config.outboundQueueUrls,
  config.outboundDeadLetterQueueUrl,
  config.eventsQueueUrl,
  config.eventsDeadLetterQueueUrl,
  config.bulkQueueUrl,
  config.bulkDeadLetterQueueUrl,
];
const dependencies: HealthDependencies = {
  version: config.version,
  clock,
  listSessions: (accountId) => sessions.listByAccount(accountId),
  readFleet: () => readTasks(dynamo, config.tasksTable),
  shards: config.outboundQueueUrls.length,
  queueDepths: async () =>
    new Map(await Promise.all(queueUrls.map(async (url) => [queueNameOf(url), await queueDepth(sqs, url)] as const))),
  queueAges: () => queueAges(cloudwatch, queueUrls.map(queueNameOf), clock.now()),
  others: {
    'dynamodb-writes': () => writeProbe({ dynamo, limitsTable: config.limitsTable, nowMs: clock.now() }),
    kms: () => kms.send(new DescribeKeyCommand({ KeyId: config.secretsKeyId })),
    states: () => stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn: config.retryStateMachineArn })),
  },
};
const authenticate = keyAuthentication(dynamo);

/** A refused key stays refused; where keys can't be read at all, that is the finding. */
const noKeyRead = (error: unknown): undefined => {
  if (error instanceof GraphError) throw error;
  logger.error('dependency is down', { dependency: 'dynamodb', error: error as Error });
};

/** GET /health says that the API runs; `?deep=1`, with a key, looks at everything else, 503 if a part is down. */
export const handler = apiHandler(async ({ method, query, headers, sourceIp }) => {
  if (method !== 'GET') throw wrongMethod(method, ['GET']);
  if (query.get('deep') !== '1') return { body: { status: 'ok', version: config.version } };
  const caller = await authenticate({ headers, sourceIp }).catch(noKeyRead);
  const health = caller ? await deepHealth(dependencies, caller.accountId) : withoutKeys(config.version);
  await trackingSettled();
  return { status: health.status === 'ok' ? 200 : 503, body: health };
});
