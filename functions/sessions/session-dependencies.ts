import type { AnswerRepository } from '#core/adapters/dynamodb/answer-repository.ts';
import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { LeaseMarks } from '#core/adapters/dynamodb/lease-marks.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { RandomBytes } from '#core/domain/ids.ts';

/** What the routes below /sessions work with. */
export interface SessionDependencies {
  readonly sessions: SessionRepository;
  readonly endpoints: Pick<EndpointRepository, 'list' | 'remove'>;
  readonly answers: AnswerRepository;
  readonly outbound: OutboundQueue;
  readonly leases: LeaseMarks;
  /** Names of the deployment's proxies. */
  readonly proxies: readonly string[];
  readonly clock: Clock;
  readonly random: RandomBytes;
}
