import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Clock } from '#core/domain/clock.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import { logger } from '../shared/logger.ts';
import { prepareBatch } from './deliver-batch.ts';
import type { DeliverDependencies } from './deliver-item.ts';
import { processBatch } from './process-batch.ts';
import { makeStragglerWatch } from './straggler-watch.ts';

export type Lane = 'events' | 'bulk';

/**
 * First attempt of each event of a batch; what can't be sent now, or failed, goes to the backlog or the retry machine.
 * @param waiting messages of a lane that could be received now
 */
export function makeDeliver(dependencies: DeliverDependencies, waiting: (lane: Lane) => Promise<number>) {
  const { clock, monitor, comeBack } = dependencies;
  const seen = makeSeen(clock);
  return async (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const isFifo = event.Records[0]?.eventSourceARN.endsWith('.fifo') ?? false;
    // Where there is one receiver only, nobody else has to wait for it.
    const watch = makeStragglerWatch({
      clock,
      waiting: async () => (seen.several() ? await waiting(isFifo ? 'events' : 'bulk') : 0),
    });
    const batch = {
      watch,
      seen: (endpointId: EndpointId) => seen.add(endpointId),
      blocks: new Map(),
      delivered: new Set<string>(),
      remainingMs: () => context.getRemainingTimeInMillis(),
    };
    const runBatch = async (): Promise<readonly SQSRecord[]> => {
      try {
        const run = await prepareBatch(dependencies, event.Records, batch);
        return await processBatch(event.Records, isFifo ? 'ordered' : 'unordered', run);
      } catch (error) {
        logger.error('batch returned to the queue', { error: error as Error });
        return event.Records;
      }
    };
    try {
      const failed = await runBatch();
      await comeBack.soon(failed);
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    } finally {
      watch.stop();
      await monitor.flush();
    }
  };
}

/** Endpoints that came by within this time count as those that may have to wait, milliseconds. */
const SEEN_FOR_MS = 600_000;
/** A process that is younger than this has not seen who else is there, milliseconds. */
const NEW_FOR_MS = 60_000;
const MOST_SEEN = 100;

/** Endpoints whose events this process had lately. */
function makeSeen(clock: Clock) {
  const seenAt = new Map<EndpointId, number>();
  const bornMs = clock.monotonic();
  return {
    add(endpointId: EndpointId): void {
      seenAt.delete(endpointId);
      seenAt.set(endpointId, clock.monotonic());
      const [oldest] = seenAt.keys();
      if (seenAt.size > MOST_SEEN && oldest !== undefined) seenAt.delete(oldest);
    },
    several(): boolean {
      const nowMs = clock.monotonic();
      if (nowMs - bornMs < NEW_FOR_MS) return true;
      return [...seenAt.values()].filter((atMs) => atMs >= nowMs - SEEN_FOR_MS).length > 1;
    },
  };
}
