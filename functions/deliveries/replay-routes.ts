import * as z from 'zod';
import { PageQuery } from '#core/contracts/api/paging.ts';
import { CreateReplayRequestSchema, type ReplayResource } from '#core/contracts/api/replays.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { ReplayJobRow } from '#core/contracts/rows/replay-job-row.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import { JobIdSchema, newJobId } from '#core/domain/ids.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { pagingOf } from '../shared/paging.ts';
import type { RouteRequest } from '../shared/router.ts';
import type { DeliveriesDependencies } from './deliveries-dependencies.ts';
import { filterOf } from './replay-filter.ts';
import { askSessions } from './replay-messages.ts';

/** Jobs are remembered as long as deliveries (D3), seconds. */
const KEPT_S = 30 * 24 * 3600;
/** Replays of one account at a time: all of them go to the same few receivers. */
const MOST_RUNNING = 5;
/** Of the newest jobs so many are looked at for that. */
const MOST_LOOKED = 100;
/** Longest piece of the caller's own path that an error repeats, characters. */
const MOST_ECHOED = 40;

const time = (ms: number): string => new Date(ms).toISOString();

function replayResource(row: ReplayJobRow): ReplayResource {
  return {
    id: row.jobId,
    status: row.status,
    source: row.source ?? 'deliveries',
    webhooks: row.filter.endpointIds,
    since: time(row.filter.fromMs),
    until: time(row.filter.toMs),
    looked: row.looked,
    queued: row.queued,
    skipped: row.skipped,
    error: row.error ?? null,
    created_at: time(row.createdAtMs),
    updated_at: time(row.updatedAtMs),
  };
}

/** POST /replays: 202 with the job. */
export function makeCreateReplay(dependencies: DeliveriesDependencies) {
  const { jobs, clock, random } = dependencies;
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const asked = parseRequest(CreateReplayRequestSchema, request.body() ?? {});
    const { accountId } = request.caller;
    const nowMs = clock.now();
    const filter = await filterOf(dependencies, request, asked);
    const newest = await jobs.list(accountId, MOST_LOOKED);
    if (newest.filter(({ status }) => status === 'running').length >= MOST_RUNNING) {
      throw new GraphError(100, `${MOST_RUNNING} replays run already. Wait for one, or cancel it.`, { status: 409 });
    }
    const source = asked.source ?? 'deliveries';
    const row: ReplayJobRow = {
      accountId,
      jobId: newJobId(random, nowMs),
      filter,
      source,
      status: 'running',
      looked: 0,
      queued: 0,
      skipped: 0,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      expiresAt: Math.floor(nowMs / 1000) + KEPT_S,
    };
    // Ids hold the time and 20 bits of chance.
    if (!(await jobs.create(row))) throw new GraphError(2, 'Try again in a moment.', { transient: true });
    const begun =
      source === 'messages' ? await askSessions(dependencies, request, row) : await beginJob(dependencies, row);
    return { status: 202, headers: { location: `/replays/${row.jobId}` }, body: replayResource(begun) };
  };
}

async function beginJob({ jobs, begin }: DeliveriesDependencies, row: ReplayJobRow): Promise<ReplayJobRow> {
  try {
    await begin(row);
    return row;
  } catch (error) {
    await jobs.finish(row, 'failed', 'It could not be begun.');
    throw error;
  }
}

const ListQuerySchema = z.object(PageQuery);

/** GET /replays: newest first. */
export function makeListReplays({ jobs }: Pick<DeliveriesDependencies, 'jobs'>) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const { limit, after } = parseRequest(ListQuerySchema, Object.fromEntries(request.query));
    const from = after === undefined ? undefined : JobIdSchema.safeParse(after);
    if (from?.success === false) {
      throw new GraphError(100, 'after: must be paging.cursors.after of the page before this one.');
    }
    const rows = await jobs.list(request.caller.accountId, limit, from?.data);
    const last = rows.length === limit ? rows.at(-1)?.jobId : undefined;
    return { body: { data: rows.map(replayResource), paging: pagingOf(request, last) } };
  };
}

/** GET /replays/{id} */
export function makeGetReplay({ jobs }: Pick<DeliveriesDependencies, 'jobs'>) {
  return async (request: RouteRequest): Promise<ApiResponse> => ({ body: replayResource(await ownJob(jobs, request)) });
}

/** POST /replays/{id}/cancel: at most the ten deliveries that are just being queued still go out. */
export function makeCancelReplay({ jobs }: Pick<DeliveriesDependencies, 'jobs'>) {
  return async (request: RouteRequest): Promise<ApiResponse> => {
    const job = await ownJob(jobs, request);
    if (!(await jobs.finish(job, 'cancelled')) && job.status !== 'cancelled') {
      throw new GraphError(100, 'The replay does not run any more.', { status: 409 });
    }
    return { body: replayResource(await ownJob(jobs, request)) };
  };
}

async function ownJob(jobs: DeliveriesDependencies['jobs'], request: RouteRequest): Promise<ReplayJobRow> {
  const jobId = JobIdSchema.safeParse(request.id);
  const row = jobId.success ? await jobs.get({ accountId: request.caller.accountId, jobId: jobId.data }) : undefined;
  if (row) return row;
  throw objectMissing(`Replay '${request.id.slice(0, MOST_ECHOED)}'`, { status: 404, method: request.method });
}
