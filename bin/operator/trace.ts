import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { makeDeliveryLog } from '../../core/adapters/dynamodb/delivery-log.ts';
import { makeEndpointRepository } from '../../core/adapters/dynamodb/endpoint-repository.ts';
import { readStoredEvent } from '../../core/adapters/dynamodb/stored-event.ts';
import type { EndpointRow } from '../../core/contracts/rows/endpoint-row.ts';
import { type SessionRow, SessionRowSchema } from '../../core/contracts/rows/session-row.ts';
import { type AccountId, AccountIdSchema, EventIdSchema, type SessionUid } from '../../core/domain/ids.ts';
import { parseWamid, type Wamid, WamidSchema } from '../../core/domain/wamid.ts';
import { UsageError } from '../keys/target.ts';
import type { Journey, JourneyDelivery, TimedLine } from './journey.ts';
import type { LogSearch } from './log-search.ts';

/** Where rows are; undefined where only logs are left, of a Pombo on this machine that has been stopped. */
export interface Tables {
  readonly dynamo: DynamoDBDocumentClient;
  readonly sessionsTable: string;
  readonly endpointsTable: string;
  readonly deliveriesTable: string;
}

export interface TraceOptions {
  readonly tables: Tables | undefined;
  readonly logs: LogSearch;
  /** Milliseconds since the epoch: how far back it looks. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
const MS_DIGITS = 15;
const ROWS_PER_READ = 1000;

/**
 * Gathers what logs and rows know of a message or an event.
 * @param id a wamid of ours or an event id
 * @throws UsageError for another id
 */
export async function trace(options: TraceOptions, id: string): Promise<Journey> {
  const wamid = WamidSchema.safeParse(id);
  if (!wamid.success && !EventIdSchema.safeParse(id).success)
    throw new UsageError('Say which message or event: wamid.… or the 32 hex digits of a webhook-id.');
  const first = await options.logs.find([id], options.sinceMs);
  const parts = wamid.success ? parseWamid(wamid.data) : undefined;
  const session = options.tables && parts && (await findSession(options.tables, parts.sessionUid));
  const accountId = session?.accountId ?? accountIn(first);
  const endpoints = options.tables ? await endpointsOf(options.tables, accountId) : [];
  const deliveries = (await Promise.all(endpoints.map((endpoint) => deliveriesTo(options, endpoint, id)))).flat();
  const related = relatedIds(id, first, deliveries);
  const lines = related.length === 1 ? first : await options.logs.find(related, options.sinceMs);
  return {
    id,
    accountId,
    sessionId: session?.sessionId ?? deliveries.find(({ row }) => row.sessionId)?.row.sessionId,
    direction: parts?.direction,
    lines,
    deliveries,
  };
}

/** A message's events, and an event's message, belong to its journey. */
function relatedIds(
  id: string,
  lines: readonly TimedLine[],
  deliveries: readonly JourneyDelivery[],
): readonly string[] {
  const ids = new Set([id]);
  const add = (value: unknown): void => void (typeof value === 'string' && ids.add(value));
  for (const { fields } of lines) add(fields['eventId']);
  for (const { row } of deliveries) add(row.eventId);
  if (id.startsWith('wamid.')) return [...ids];
  for (const { fields } of lines) add(fields['messageId']);
  for (const { row } of deliveries) add(row.wamid);
  return [...ids];
}

const accountIn = (lines: readonly TimedLine[]): AccountId | undefined =>
  lines
    .map(({ fields }) => AccountIdSchema.safeParse(fields['accountId']).data)
    .find((account) => account !== undefined);

/** A few hundred rows, read whole: their uid has no index of its own. */
async function findSession({ dynamo, sessionsTable }: Tables, uid: SessionUid): Promise<SessionRow | undefined> {
  for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: sessionsTable })) {
    const found = Items.map((item) => SessionRowSchema.safeParse(item).data).find((row) => row?.sessionUid === uid);
    if (found) return found;
  }
  return undefined;
}

/** The endpoints of the account; where nobody knows whose it is, all. */
async function endpointsOf(
  { dynamo, endpointsTable: tableName }: Tables,
  accountId: AccountId | undefined,
): Promise<readonly EndpointRow[]> {
  const endpoints = makeEndpointRepository({ dynamo, tableName });
  if (accountId) return await endpoints.list(accountId);
  const accounts = new Set<AccountId>();
  for await (const { Items = [] } of paginateScan(
    { client: dynamo },
    { TableName: tableName, ProjectionExpression: 'accountId' },
  )) {
    for (const { accountId: account } of Items) accounts.add(AccountIdSchema.parse(account));
  }
  return (await Promise.all([...accounts].map((account) => endpoints.list(account)))).flat();
}

/** Looks through the endpoint's days, latest first. */
async function deliveriesTo(
  { tables, sinceMs, nowMs }: TraceOptions,
  { endpointId, url }: EndpointRow,
  id: string,
): Promise<readonly JourneyDelivery[]> {
  if (!tables) return [];
  const log = makeDeliveryLog({ dynamo: tables.dynamo, tableName: tables.deliveriesTable });
  const filter = id.startsWith('wamid.') ? { wamids: [id as Wamid] } : { eventIds: [EventIdSchema.parse(id)] };
  const found: JourneyDelivery[] = [];
  for (let dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS; dayMs > sinceMs - DAY_MS; dayMs -= DAY_MS) {
    const endpointDay = `${endpointId}#${new Date(dayMs).toISOString().slice(0, 'yyyy-mm-dd'.length)}`;
    const to = String(dayMs + DAY_MS).padStart(MS_DIGITS, '0');
    let from: string | undefined = String(Math.max(0, sinceMs)).padStart(MS_DIGITS, '0');
    while (from !== undefined) {
      const page = await log.read({
        endpointDay,
        from,
        to,
        order: 'oldest first',
        limit: ROWS_PER_READ,
        filter,
        whole: true,
      });
      for (const row of page.rows) found.push({ row, url, event: row.event && readStoredEvent(row.event) });
      from = page.stoppedAt === undefined ? undefined : `${page.stoppedAt}~`;
    }
  }
  return found;
}
