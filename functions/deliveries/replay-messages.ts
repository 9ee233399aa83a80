import type { ReplayJobRow } from '#core/contracts/rows/replay-job-row.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { envelopeOf } from '../shared/control-command.ts';
import { logger } from '../shared/logger.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { DeliveriesDependencies } from './deliveries-dependencies.ts';

/** Commands on their way at a time. */
const AT_ONCE = 20;

/**
 * A replay out of the message store, which only the connector may read: each session gets a command. The job is done when they are on
 * their way; what comes of them is seen in deliveries.
 * @returns the job as it ended
 */
export async function askSessions(
  dependencies: DeliveriesDependencies,
  request: RouteRequest,
  job: ReplayJobRow,
): Promise<ReplayJobRow> {
  const { jobs, outbound, clock } = dependencies;
  const [endpointId] = job.filter.endpointIds;
  if (!endpointId) throw new Error('a replay of messages has one webhook');
  const sessions = await sessionsOf(dependencies, job, endpointId);
  const { fromMs, toMs } = job.filter;
  const ask = (row: SessionRow): Promise<void> =>
    outbound.send(row.shard, {
      ...envelopeOf(row, clock.now(), request.traceId),
      type: 'messages.replay',
      jobId: job.jobId,
      endpointId,
      fromMs,
      toMs,
    });
  try {
    for (let first = 0; first < sessions.length; first += AT_ONCE) {
      await Promise.all(sessions.slice(first, first + AT_ONCE).map(ask));
    }
    const cursor = { endpointDay: endpointId, occurred: '' };
    await jobs.advance(job, { cursor, looked: sessions.length, queued: 0, skipped: 0 });
    await jobs.finish(job, 'done');
  } catch (error) {
    logger.warn('replay of messages not begun', { jobId: job.jobId, error });
    await jobs.finish(
      job,
      'failed',
      'Not every session could be asked. A new replay sends nothing twice to a receiver that knows webhook-id.',
    );
    throw error;
  }
  return (await jobs.get(job)) ?? job;
}

/** The session that is asked for, or that the webhook belongs to, or all of the account. */
async function sessionsOf(
  { sessions, endpoints }: DeliveriesDependencies,
  { accountId, filter }: ReplayJobRow,
  endpointId: ReplayJobRow['filter']['endpointIds'][number],
): Promise<readonly SessionRow[]> {
  const endpoint = await endpoints.get(accountId, endpointId);
  const rows = await sessions.listByAccount(accountId);
  return rows.filter(
    ({ sessionId, sessionUid }) =>
      (!filter.sessionId || sessionId === filter.sessionId) &&
      (!endpoint?.session || sessionUid === endpoint.session.sessionUid),
  );
}
