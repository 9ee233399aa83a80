/** Wall time is written as the epoch milliseconds at which UTC clocks show it. */

const formats = new Map<string, Intl.DateTimeFormat>();

const DAY_MS = 86_400_000;

/** What clocks in `timezone` show at an instant. @throws RangeError when the zone is unknown */
export function wallTime(atMs: number, timezone: string): number {
  if (timezone === 'UTC') return atMs;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The instant at which clocks in `timezone` show `wallMs` for the first time; undefined when they skip
 * it. EventBridge Scheduler does the same: a time that daylight saving skips does not run, one that it
 * repeats runs once.
 */
export function instantOf(wallMs: number, timezone: string): number | undefined {
  if (timezone === 'UTC') return wallMs;
  const offsets = [-DAY_MS, DAY_MS].map((around) => wallTime(wallMs + around, timezone) - (wallMs + around));
  const instants = offsets.map((offset) => wallMs - offset).filter((atMs) => wallTime(atMs, timezone) === wallMs);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known) return known;
  const numeric = 'numeric' as const;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(timezone, format);
  return format;
}
