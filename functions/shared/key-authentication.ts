import { randomBytes } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { makeApiKeyRepository } from '#core/adapters/dynamodb/api-key-repository.ts';
import { makeTokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { type Authenticate, makeAuthenticate } from './authenticate.ts';
import { loadConfig } from './config.ts';
import { count } from './count.ts';
import { makeFailedLogins } from './failed-logins.ts';

/** What every function with keys asks first; it reads its own part of the environment. */
export function keyAuthentication(dynamo: DynamoDBDocumentClient): Authenticate {
  const config = loadConfig('accountsTable', 'limitsTable', 'limits');
  return makeAuthenticate({
    keys: makeApiKeyRepository({ dynamo, tableName: config.accountsTable, clock, random: randomBytes }),
    failedLogins: makeFailedLogins({
      buckets: makeTokenBuckets({ dynamo, tableName: config.limitsTable, clock }),
      deployment: config.limits,
      onRefused: () => count({ [Metric.loginLimited]: 1 }),
    }),
    clock,
  });
}
