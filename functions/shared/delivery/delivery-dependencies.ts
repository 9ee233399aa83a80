import { randomInt } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeStepFunctionsClient } from '#core/adapters/clients/step-functions-client.ts';
import { type BacklogRepository, makeBacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { type DeliveryLookup, makeDeliveryLookup } from '#core/adapters/dynamodb/delivery-lookup.ts';
import { type DeliveryRepository, makeDeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import {
  type EndpointStateRepository,
  makeEndpointStateRepository,
} from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import { makeTokenBuckets, type TokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { makeWebhookSecrets } from '#core/adapters/kms-secrets.ts';
import { makeDeliveryMonitor } from '#core/adapters/monitoring.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { loadConfig } from '../config.ts';
import { logger } from '../logger.ts';
import { type EndpointCache, makeEndpointCache } from './endpoint-cache.ts';
import { makeEndpointVitals } from './endpoint-vitals.ts';
import { type Executions, makeExecutions } from './executions.ts';
import type { ParkDependencies } from './park-delivery.ts';
import type { PostDependencies } from './post-webhook.ts';
import type { SettleDependencies } from './settle-attempt.ts';

/** What the first attempt, later ones and the drain all work with. */
export interface DeliveryDependencies extends PostDependencies, SettleDependencies, ParkDependencies {
  readonly backlog: BacklogRepository;
  readonly buckets: TokenBuckets;
  readonly cache: EndpointCache;
  readonly deliveries: DeliveryRepository;
  readonly executions: Executions;
  readonly lookup: DeliveryLookup;
  readonly states: EndpointStateRepository;
}

const DICE = 2 ** 32;

/** The machines that a function may start; what it never starts is absent. */
export interface Machines {
  readonly retryMachineArn?: string;
  readonly recoveryMachineArn?: string;
}

export function makeDeliveryDependencies(machines: Machines = {}): DeliveryDependencies {
  const config = loadConfig(
    'endpointsTable',
    'deliveriesTable',
    'endpointStatesTable',
    'backlogTable',
    'limitsTable',
    'secretsKeyId',
    'privateTargets',
    'version',
  );
  const dynamo = makeDocumentClient();
  const table = (tableName: string) => ({ dynamo, tableName, clock });
  const endpoints = makeEndpointRepository({ dynamo, tableName: config.endpointsTable });
  const secrets = makeWebhookSecrets({ kms: makeKmsClient(), keyId: config.secretsKeyId });
  const states = makeEndpointStateRepository(table(config.endpointStatesTable));
  return {
    clock,
    // Spreads attempts over time; nobody gains by guessing it.
    random: () => randomInt(DICE) / DICE,
    version: config.version,
    endpoints,
    states,
    cache: makeEndpointCache({ endpoints, secrets, clock }),
    deliveries: makeDeliveryRepository(table(config.deliveriesTable)),
    backlog: makeBacklogRepository(table(config.backlogTable)),
    buckets: makeTokenBuckets(table(config.limitsTable)),
    lookup: makeDeliveryLookup({ ...config, dynamo, clock }),
    vitals: makeEndpointVitals({ states, clock }),
    http: makeGuardedHttpClient({ privateTargets: config.privateTargets, clock }),
    executions: makeExecutions({ stepFunctions: makeStepFunctionsClient(), ...machines }),
    monitor: makeDeliveryMonitor({
      ...config,
      dynamo,
      clock,
      onFailure: (error) => logger.warn('deliveries not counted', { error: error as Error }),
    }),
  };
}
