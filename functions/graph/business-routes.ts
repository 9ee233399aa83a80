import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { makeKmsClient } from '#core/adapters/clients/kms-client.ts';
import { makeAccountRepository } from '#core/adapters/dynamodb/account-repository.ts';
import { makeAnswerRepository } from '#core/adapters/dynamodb/answer-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeEndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { TemplateRepository } from '#core/adapters/dynamodb/template-repository.ts';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { makeWebhookUrlCheck } from '#core/adapters/http/webhook-url.ts';
import { makeWebhookSecrets } from '#core/adapters/kms-secrets.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { RandomBytes } from '#core/domain/ids.ts';
import type { loadConfig } from '../shared/config.ts';
import { makeAnnounceEndpoints } from '../shared/webhooks/announce-endpoints.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { blockUserRoutes } from './block-users/block-user-routes.ts';
import { contactRoutes } from './contacts/contact-routes.ts';
import { debugTokenRoutes } from './debug-token/debug-token-routes.ts';
import type { GraphRoute } from './graph-route.ts';
import { groupRoutes } from './groups/group-routes.ts';
import { phoneNumberRoutes } from './phone-numbers/phone-number-routes.ts';
import { profileRoutes } from './profile/profile-routes.ts';
import { registrationRoutes } from './registration/registration-routes.ts';
import { SETTINGS_ROUTES } from './settings/settings-routes.ts';
import { subscribedAppRoutes } from './subscribed-apps/subscribed-app-routes.ts';
import { templateRoutes } from './templates/template-routes.ts';

/** The settings that these paths need. */
export const BUSINESS_SETTINGS = [
  'accountsTable',
  'endpointsTable',
  'endpointStatesTable',
  'answersTable',
  'secretsKeyId',
  'privateTargets',
  'version',
] as const;

interface BusinessOptions {
  readonly config: ReturnType<typeof loadConfig<(typeof BUSINESS_SETTINGS)[number]>>;
  readonly dynamo: DynamoDBDocumentClient;
  readonly sessions: SessionRepository;
  readonly templates: TemplateRepository;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** What Meta's API has around messages and media: the account, its numbers, templates, and where webhooks go. */
export function businessRoutes(options: BusinessOptions): readonly GraphRoute[] {
  const { config, dynamo, sessions, templates, outbound, clock, random } = options;
  const { privateTargets, version } = config;
  const accounts = makeAccountRepository({ dynamo, tableName: config.accountsTable, clock, random });
  const endpoints = makeEndpointRepository({ dynamo, tableName: config.endpointsTable });
  const webhooks = {
    endpoints,
    states: makeEndpointStateRepository({ dynamo, tableName: config.endpointStatesTable, clock }),
    secrets: makeWebhookSecrets({ kms: makeKmsClient(), keyId: config.secretsKeyId }),
    checkUrl: makeWebhookUrlCheck({ privateTargets, clock }),
    http: makeGuardedHttpClient({ privateTargets, clock }),
    announce: makeAnnounceEndpoints({ sessions, outbound, clock }),
    clock,
    random,
    version,
  };
  const questions = {
    answers: makeAnswerRepository({ dynamo, tableName: config.answersTable, clock }),
    outbound,
    clock,
    random,
  };
  return [
    ...accountRoutes({ accounts }),
    ...blockUserRoutes(questions),
    ...contactRoutes(questions),
    ...debugTokenRoutes({ keys: accounts }),
    ...phoneNumberRoutes({ sessions, endpoints }),
    ...groupRoutes({ ...questions, sessions }),
    ...profileRoutes(questions),
    ...registrationRoutes({ sessions, outbound, clock }),
    ...SETTINGS_ROUTES,
    ...subscribedAppRoutes(webhooks),
    ...templateRoutes({ templates, clock }),
  ];
}
