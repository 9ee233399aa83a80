import type { DeliveryLog } from '#core/adapters/dynamodb/delivery-log.ts';
import type { EndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import type { ReplayJobRepository } from '#core/adapters/dynamodb/replay-job-repository.ts';
import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { DeliveryRow } from '#core/contracts/rows/delivery-row.ts';
import type { DeliveryKey, ReplayFilter, ReplayJobRow } from '#core/contracts/rows/replay-job-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import type { Again } from './queue-again.ts';
import { endOf, endOfEndpoint, keysAfter, pieceAfter } from './replay-walk.ts';

export interface SliceDependencies {
  readonly jobs: ReplayJobRepository;
  readonly log: DeliveryLog;
  readonly endpoints: Pick<EndpointRepository, 'get'>;
  /** Resolves when SQS has all of them. */
  readonly queueAgain: (deliveries: readonly Again[]) => Promise<void>;
  readonly clock: Clock;
}

/** What a slice came to. */
export interface SliceResult {
  readonly done: boolean;
  /** Until the next one, so that the endpoint's rate holds over all. */
  readonly waitSeconds: number;
}

/** webhooks.md 3.2: an endpoint without a rate of its own gets this many a second. */
const DEFAULT_PER_SECOND = 50;
/** One slice queues what an endpoint takes in this time, seconds; three state transitions pay for it. */
const SLICE_S = 20;
/** A slice ends by itself well before its function's time-out, milliseconds. */
export const SLICE_MS = 20_000;
/** Queue messages between two writes of the cursor: what SQS takes in one call. */
const BATCH = 10;
/** Rows of one query. */
const ROWS = 100;

interface Batch {
  readonly rows: readonly DeliveryRow[];
  /** Where the cursor stands behind it. */
  readonly cursor: DeliveryKey;
  /** Rows that were looked for and not found. */
  readonly lost?: number;
}

/**
 * Goes on with a job where its cursor stands. The cursor is written behind each ten deliveries, with the counts; a crash between the
 * queue and the cursor sends those ten again, which the queue knows by their ids.
 */
export async function replaySlice(dependencies: SliceDependencies, job: ReplayJobRow): Promise<SliceResult> {
  const { jobs, clock } = dependencies;
  const startedMs = clock.monotonic();
  let seen = job;
  for (;;) {
    const step = await nextStep(dependencies, seen);
    if (!step) {
      await jobs.finish(seen, 'done');
      return { done: true, waitSeconds: 0 };
    }
    for (const batch of step.batches) {
      const advanced = await runBatch(dependencies, seen, batch);
      // Cancelled, or another execution of the same slice is ahead.
      if (advanced?.status !== 'running') return { done: true, waitSeconds: 0 };
      seen = advanced;
      const spentS = (clock.monotonic() - startedMs) / 1000;
      const queued = seen.queued - job.queued;
      if (queued >= step.perSecond * SLICE_S || spentS * 1000 >= SLICE_MS) {
        return { done: false, waitSeconds: Math.max(1, Math.ceil(queued / step.perSecond - spentS)) };
      }
    }
  }
}

interface Step {
  readonly batches: readonly Batch[];
  readonly perSecond: number;
}

async function nextStep({ log, endpoints }: SliceDependencies, job: ReplayJobRow): Promise<Step | undefined> {
  const rateOf = async (endpointId: EndpointId): Promise<number | undefined> => {
    const row = await endpoints.get(job.accountId, endpointId);
    return row && !row.disabled ? (row.rate?.perSecond ?? DEFAULT_PER_SECOND) : undefined;
  };
  if (job.filter.deliveries) {
    const [key] = keysAfter(job.filter.deliveries, job.cursor);
    if (!key) return undefined;
    const perSecond = await rateOf(key.endpointId);
    const row = perSecond === undefined ? undefined : await log.get(key);
    const { endpointDay, occurred } = key;
    const batch = { rows: row ? [row] : [], cursor: { endpointDay, occurred }, lost: row ? 0 : 1 };
    return { batches: [batch], perSecond: perSecond ?? DEFAULT_PER_SECOND };
  }
  const piece = pieceAfter(job.filter, job.cursor);
  if (!piece) return undefined;
  const perSecond = await rateOf(piece.endpointId);
  if (perSecond === undefined) {
    // It was deleted or switched off: nothing would reach it.
    return { batches: [{ rows: [], cursor: endOfEndpoint(piece, job.filter) }], perSecond: DEFAULT_PER_SECOND };
  }
  const { rows, stoppedAt } = await log.read({ ...piece, order: 'oldest first', limit: ROWS, whole: true });
  const end = stoppedAt === undefined ? endOf(piece) : { endpointDay: piece.endpointDay, occurred: stoppedAt };
  return { batches: batchesOf(rows, job.filter, end), perSecond };
}

/** Cuts rows behind each tenth that is wanted. The last piece takes the cursor to the end of what was read. */
function batchesOf(rows: readonly DeliveryRow[], filter: ReplayFilter, end: DeliveryKey): readonly Batch[] {
  const batches: Batch[] = [];
  let open: DeliveryRow[] = [];
  let wanted = 0;
  for (const row of rows) {
    open.push(row);
    wanted += isWanted(row, filter) ? 1 : 0;
    if (wanted < BATCH) continue;
    batches.push({ rows: open, cursor: { endpointDay: row.endpointDay, occurred: row.occurred } });
    open = [];
    wanted = 0;
  }
  return [...batches, { rows: open, cursor: end }];
}

async function runBatch(
  { jobs, queueAgain }: SliceDependencies,
  job: ReplayJobRow,
  { rows, cursor, lost = 0 }: Batch,
): Promise<ReplayJobRow | undefined> {
  const wanted = rows.filter((row) => isWanted(row, job.filter));
  const deliveries = wanted.flatMap((row): Again[] => {
    const event = row.event && readStoredEvent(row.event);
    const isTheirs = event?.accountId === job.accountId;
    return event && isTheirs ? [{ endpointId: row.endpointId, event, replay: job.jobId }] : [];
  });
  if (deliveries.length > 0) await queueAgain(deliveries);
  return await jobs.advance(job, {
    cursor,
    looked: rows.length + lost,
    queued: deliveries.length,
    skipped: wanted.length - deliveries.length + lost,
  });
}

const allows = <T>(wanted: readonly T[] | undefined, value: T | undefined): boolean =>
  wanted === undefined || (value !== undefined && wanted.includes(value));

/** All members of the filter hold. Rows of release 0.1 have neither event nor kind, so no filter but status and id knows them. */
function isWanted(row: DeliveryRow, filter: ReplayFilter): boolean {
  return (
    allows(filter.statuses, row.status) &&
    allows(filter.eventIds, row.eventId) &&
    allows(filter.wamids, row.wamid) &&
    allows(filter.eventTypes, row.eventType) &&
    allows(filter.sessionId && [filter.sessionId], row.sessionId)
  );
}
