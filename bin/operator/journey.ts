import type { Event } from '../../core/contracts/event.ts';
import type { DeliveryAttempt, DeliveryRow } from '../../core/contracts/rows/delivery-row.ts';
import type { LogLine } from '../../local/logs/log-line.ts';

/** A log line with its time, milliseconds since the epoch. */
export interface TimedLine extends LogLine {
  readonly atMs: number;
}

/** One event at one endpoint. */
export interface JourneyDelivery {
  readonly row: DeliveryRow;
  /** What was sent; undefined where the row no longer says. */
  readonly event: Event | undefined;
  /** Where it went; undefined if the endpoint is gone. */
  readonly url: string | undefined;
}

/** All that is known of a message or an event. */
export interface Journey {
  /** The id that was asked for. */
  readonly id: string;
  readonly accountId: string | undefined;
  readonly sessionId: string | undefined;
  readonly direction: 'in' | 'out' | undefined;
  /** In the order of time. */
  readonly lines: readonly TimedLine[];
  readonly deliveries: readonly JourneyDelivery[];
}

/** What the constant sentences of our logs mean on a message's way; others are shown as they are. */
const STAGES: Readonly<Record<string, (fields: LogLine['fields']) => string>> = {
  'request answered': () => 'accepted, the client has its answer',
  'message queued': () => 'queued',
  'command received': () => 'taken by the connector',
  'message parked': () => 'parked until its number is ready',
  'send interrupted': () => 'send interrupted, tried again',
  'message concluded': ({ status }) => (status === 'sent' ? 'sent, WhatsApp has acknowledged it' : String(status)),
  'status published': ({ status }) => `${String(status)}, event published`,
  'message published': () => 'received, event published',
  'webhook attempted': ({ outcome }) => `webhook attempted: ${String(outcome)}`,
};

/** Fields that are the same on each line of a journey, or say nothing about it. */
const HIDDEN: ReadonlySet<string> = new Set([
  'accountId',
  'sessionId',
  'sessionUid',
  'messageId',
  'traceId',
  'requestId',
  'xRayTraceId',
  'version',
  'method',
  'route',
  'outcome',
  'command',
]);

/** A journey as a person reads it: a time line, then each event with its deliveries. Ends without a line end. */
export function renderJourney(journey: Journey): string {
  const { id, accountId, sessionId, direction, lines, deliveries } = journey;
  const what = id.startsWith('wamid.') ? 'Message' : 'Event';
  const facts = [
    direction && (direction === 'in' ? 'received' : 'sent by us'),
    sessionId && `session ${sessionId}`,
    accountId && `account ${accountId}`,
  ].filter(Boolean);
  return [
    `${what} ${id}`,
    ...(facts.length > 0 ? [facts.join(' · ')] : []),
    '',
    ...timeLine(lines),
    ...(deliveries.length > 0 ? ['', ...byEvent(deliveries)] : []),
  ].join('\n');
}

const AHEAD_WIDTH = 12;

function timeLine(lines: readonly TimedLine[]): readonly string[] {
  const startMs = lines[0]?.atMs ?? 0;
  const width = Math.max(0, ...lines.map(({ part }) => part.length));
  return lines.map((line) => {
    const { atMs, part, text, fields } = line;
    const since = (atMs === startMs ? '' : `+${durationOf(atMs - startMs)}`).padStart(AHEAD_WIDTH);
    const stage = Object.hasOwn(STAGES, text) ? STAGES[text]?.(fields) : text;
    return [timeOf(atMs), since, part.padEnd(width), stage, shownFields(fields)].join('  ').trimEnd();
  });
}

const shownFields = (fields: LogLine['fields']): string =>
  Object.entries(fields)
    .filter(([name, value]) => value !== undefined && value !== null && !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

function byEvent(deliveries: readonly JourneyDelivery[]): readonly string[] {
  const events = new Map<string, JourneyDelivery[]>();
  const inOrder = deliveries.toSorted((a, b) => (a.row.occurred < b.row.occurred ? -1 : 1));
  for (const delivery of inOrder)
    events.set(delivery.row.eventId, [...(events.get(delivery.row.eventId) ?? []), delivery]);
  return [...events.values()].flatMap((group, index) => [...(index === 0 ? [] : ['']), ...oneEvent(group)]);
}

function oneEvent(group: readonly JourneyDelivery[]): readonly string[] {
  const [first] = group;
  if (!first) return [];
  const { row, event } = first;
  return [
    `${kindOf(event) ?? row.eventType ?? 'event'}  ${row.eventId}  ${timeOf(Number(row.occurred.split('#')[0]))}`,
    ...group.flatMap(oneDelivery),
  ];
}

/** The word that the owner of a receiver knows it by. */
function kindOf(event: Event | undefined): string | undefined {
  if (event?.type === 'status') return event.status;
  if (event?.type === 'queue') return event.report;
  return event?.type;
}

function oneDelivery({ row, url }: JourneyDelivery): readonly string[] {
  const attempts = `${row.attempts} ${row.attempts === 1 ? 'attempt' : 'attempts'}`;
  const reason = row.status === 'delivered' ? undefined : (row.deadReason ?? row.error);
  const next = row.nextAttemptAtMs === undefined ? undefined : `next ${timeOf(row.nextAttemptAtMs)}`;
  const outcome = [row.status, attempts, reason, next].filter((part) => part !== undefined).join(', ');
  return [`  → ${row.endpointId}  ${url ?? '(deleted)'}  ${outcome}`, ...(row.history ?? []).map(oneAttempt)];
}

function oneAttempt({ atMs, durationMs, httpStatus, error }: DeliveryAttempt): string {
  const answer = httpStatus === undefined ? 'no answer' : String(httpStatus);
  const why = error === undefined || error === `answered ${answer}` ? '' : `  ${error}`;
  return `      ${timeOf(atMs)}  ${answer} in ${durationOf(durationMs)}${why}`;
}

/** `2026-11-20 10:00:00.123`, UTC. */
const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function durationOf(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / SECOND_MS)} s`;
  return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`;
}
