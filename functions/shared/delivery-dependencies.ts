import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeDeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { makeWebhookSecrets } from '#core/adapters/kms-secrets.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import type { DeliveryDependencies } from './attempt-delivery.ts';
import { loadConfig } from './config.ts';
import { makeEndpointCache } from './endpoint-cache.ts';

/** What the first attempt and the later ones both work with. */
export function makeDeliveryDependencies(): DeliveryDependencies {
  const config = loadConfig('endpointsTable', 'deliveriesTable', 'secretsKeyId', 'privateTargets', 'version');
  const dynamo = makeDocumentClient();
  const endpoints = makeEndpointRepository({ dynamo, tableName: config.endpointsTable });
  const secrets = makeWebhookSecrets({ kms: makeKmsClient(), keyId: config.secretsKeyId });
  return {
    cache: makeEndpointCache({ endpoints, secrets, clock }),
    deliveries: makeDeliveryRepository({ dynamo, tableName: config.deliveriesTable, clock }),
    http: makeGuardedHttpClient({ privateTargets: config.privateTargets, clock }),
    clock,
    version: config.version,
  };
}
