import type { DeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { ReplayJobRepository } from '#core/adapters/dynamodb/replay-job-repository.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { ReplayJobRow } from '#core/contracts/rows/replay-job-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { RandomBytes } from '#core/domain/ids.ts';

/** What the routes below /deliveries, /dead-letters and /replays work with. */
export interface DeliveriesDependencies {
  readonly log: DeliveryLog;
  readonly endpoints: Pick<EndpointRepository, 'get' | 'list'>;
  readonly sessions: Pick<SessionRepository, 'get' | 'listByAccount'>;
  readonly jobs: ReplayJobRepository;
  /** Lets the replay machine begin a job. */
  readonly begin: (job: Pick<ReplayJobRow, 'accountId' | 'jobId'>) => Promise<void>;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
  readonly random: RandomBytes;
}
