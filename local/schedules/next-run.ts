import { type Cron, InvalidSchedule, parseCron } from './cron-expression.ts';
import { instantOf, wallTime } from './time-zone.ts';

const DAY_MS = 86_400_000;
const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: DAY_MS } as const;

type Expression =
  | { readonly kind: 'rate'; readonly everyMs: number }
  | { readonly kind: 'at'; readonly wallMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron };

/**
 * When a schedule runs next.
 *
 * @param expression `rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2026-11-20T12:00:00)`
 * @param afterMs instant that the run must be later than, milliseconds since the epoch; a rate counts
 *   from it, so give the last run or the time at which the schedule was made
 * @param timezone IANA name, for cron and at @default UTC
 * @returns milliseconds since the epoch; undefined when it never runs again
 * @throws InvalidSchedule
 */
export function nextRun(expression: string, afterMs: number, timezone = 'UTC'): number | undefined {
  const parsed = parse(expression);
  if (parsed.kind === 'rate') return afterMs + parsed.everyMs;
  if (parsed.kind === 'cron') return nextCron(parsed.cron, afterMs, timezone);
  const atMs = instantOf(parsed.wallMs, timezone);
  return atMs !== undefined && atMs > afterMs ? atMs : undefined;
}

/** @throws InvalidSchedule when EventBridge would refuse the expression or the zone */
export function checkSchedule(expression: string, timezone = 'UTC'): void {
  parse(expression);
  try {
    wallTime(0, timezone);
  } catch {
    throw new InvalidSchedule(`${timezone} is not a time zone.`);
  }
}

function parse(expression: string): Expression {
  const [, kind, body = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'rate') return { kind, everyMs: parseRate(body) };
  if (kind === 'cron') return { kind, cron: parseCron(body) };
  if (kind === 'at') return { kind, wallMs: parseAt(body) };
  throw new InvalidSchedule(`${expression} is neither rate(…), cron(…) nor at(…).`);
}

/** AWS wants the singular for 1 and the plural for anything else. */
function parseRate(body: string): number {
  const [, count = '0', unit, plural] = /^(\d{1,6}) (minute|hour|day)(s?)$/.exec(body) ?? [];
  const value = Number(count);
  if (value >= 1 && (value === 1) === (plural === '')) return value * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new InvalidSchedule(`rate(${body}) is not a rate such as rate(1 minute) or rate(5 minutes).`);
}

function parseAt(body: string): number {
  const wallMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) ? Date.parse(`${body}Z`) : Number.NaN;
  if (!Number.isNaN(wallMs)) return wallMs;
  throw new InvalidSchedule(`at(${body}) is not a time such as at(2026-11-20T12:00:00).`);
}

function nextCron(cron: Cron, afterMs: number, timezone: string): number | undefined {
  // From the day before: where clocks are set back, an earlier wall time can be a later instant.
  const startDay = Math.floor(wallTime(afterMs, timezone) / DAY_MS) - 1;
  const lastYear = Math.max(...cron.years);
  for (let day = startDay; ; ) {
    const date = new Date(day * DAY_MS);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    if (year > lastYear) return undefined;
    if (!cron.years.has(year) || !cron.months.has(month + 1)) {
      day = Date.UTC(year, month + 1, 1) / DAY_MS;
      continue;
    }
    if (cron.matchesDay(date.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate(), firstWeekday(date))) {
      const found = firstInDay(cron, day * DAY_MS, { afterMs, timezone });
      if (found !== undefined) return found;
    }
    day += 1;
  }
}

/** Weekday of the first of a date's month, 0 for Sunday. */
function firstWeekday(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)).getUTCDay();
}

function firstInDay(cron: Cron, dayMs: number, from: { afterMs: number; timezone: string }): number | undefined {
  let first: number | undefined;
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const atMs = instantOf(dayMs + hour * UNIT_MS.hour + minute * UNIT_MS.minute, from.timezone);
      if (atMs === undefined || atMs <= from.afterMs || atMs >= (first ?? Infinity)) continue;
      first = atMs;
      if (from.timezone === 'UTC') return first;
    }
  }
  return first;
}
