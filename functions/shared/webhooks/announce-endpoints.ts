import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { AccountId } from '#core/domain/ids.ts';
import { controlCommand } from '../control-command.ts';
import { logger } from '../logger.ts';

/**
 * Tells the connectors of an account's sessions that its webhooks changed: one command for each shard that has one. They look by
 * themselves every 30 s, so a failure is no reason to refuse the change that is already stored.
 */
export function makeAnnounceEndpoints(options: {
  readonly sessions: Pick<SessionRepository, 'listByAccount'>;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
}) {
  const { sessions, outbound, clock } = options;
  return async (accountId: AccountId, traceId: string): Promise<void> => {
    try {
      const oneOfEach = new Map((await sessions.listByAccount(accountId)).map((row) => [row.shard, row]));
      await Promise.all(
        [...oneOfEach].map(([shard, row]) =>
          outbound.send(shard, controlCommand('endpoints.changed', row, clock.now(), traceId)),
        ),
      );
    } catch (error) {
      logger.warn('webhook change not announced', { error });
    }
  };
}
