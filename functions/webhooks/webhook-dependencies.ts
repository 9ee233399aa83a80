import type { EndpointHealth } from '#core/adapters/dynamodb/endpoint-health.ts';
import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { EndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { GuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import type { WebhookUrlCheck } from '#core/adapters/http/webhook-url.ts';
import type { WebhookSecrets } from '#core/adapters/kms-secrets.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId, RandomBytes } from '#core/domain/ids.ts';

/** What the routes below /webhooks work with. */
export interface WebhookDependencies {
  readonly endpoints: EndpointRepository;
  readonly health: EndpointHealth;
  /** The delivery engine's own record of how endpoints fare. */
  readonly states: Pick<EndpointStateRepository, 'reset' | 'remove'>;
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly secrets: WebhookSecrets;
  readonly checkUrl: WebhookUrlCheck;
  readonly http: Pick<GuardedHttpClient, 'get' | 'post'>;
  /** Tells the connectors that an account's webhooks changed. */
  readonly announce: (accountId: AccountId, traceId: string) => Promise<void>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Release, for the User-Agent. */
  readonly version: string;
}
