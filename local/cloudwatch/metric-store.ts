import type { Clock } from '#core/domain/clock.ts';
import { MetricBucket, type Statistic, type StatisticSet } from './metric-bucket.ts';

export type Dimensions = Readonly<Record<string, string>>;

/** Which metric: namespace, name and exactly these dimensions. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

export interface Sample extends MetricId {
  readonly value: number;
  /** CloudWatch's word, such as `Count`, `Seconds`, `Milliseconds`. @default None */
  readonly unit?: string;
  /** @default now */
  readonly atMs?: number;
  /** How often the value occurred. @default 1 */
  readonly count?: number;
}

export interface StatisticsQuery extends MetricId {
  /** From here, inclusive; rounded down to a whole period. */
  readonly startMs: number;
  /** Up to here, exclusive. */
  readonly endMs: number;
  /** A multiple of a minute. */
  readonly periodMs: number;
  readonly statistic: Statistic;
  /** Only samples of this unit. @default all */
  readonly unit?: string | undefined;
  /** Where a period begins, a whole minute: an alarm's periods move on with each minute. @default the epoch */
  readonly anchorMs?: number | undefined;
}

/** One period that has samples; periods without any are missing, as CloudWatch has it. */
export interface PeriodStatistic {
  /** Start of the period. */
  readonly atMs: number;
  readonly value: number;
}

export const MINUTE_MS = 60_000;
/** 3 hours: the default view of a CloudWatch dashboard, and longer than any alarm of the stack looks back. */
export const WINDOW_MS = 3 * 60 * MINUTE_MS;

interface Series {
  readonly id: MetricId;
  readonly unit: string;
  /** By start of the minute. */
  readonly minutes: Map<number, MetricBucket>;
}

/**
 * Metrics of the last three hours in one-minute steps, in memory: they do not survive a restart, and alarms treat the
 * gap as missing data.
 */
export class MetricStore {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #feeds = new Map<string, Set<() => void>>();
  #prunedMinute = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records a sample; one that is older than the window is dropped. */
  record(sample: Sample): void {
    this.#bucket(sample, sample.unit, sample.atMs)?.add(sample.value, sample.count ?? 1);
  }

  /** Records samples that were summed up elsewhere. */
  recordSet(id: MetricId, set: StatisticSet, unit?: string, atMs?: number): void {
    this.#bucket(id, unit, atMs)?.addSet(set);
  }

  /** Has `feed` record the present state of a namespace whenever somebody reads that. Returns how to stop. */
  feed(namespace: string, feed: () => void): () => void {
    const feeds = this.#feeds.get(namespace) ?? new Set();
    this.#feeds.set(namespace, feeds.add(feed));
    return () => void feeds.delete(feed);
  }

  /** Has the feeds of all namespaces record the present state. */
  sample(): void {
    for (const feeds of this.#feeds.values()) for (const feed of feeds) feed();
  }

  /** One value for each period that has samples, oldest first. */
  statistics(query: StatisticsQuery): PeriodStatistic[] {
    for (const feed of this.#feeds.get(query.namespace) ?? []) feed();
    return this.recorded(query);
  }

  /** As `statistics`, of what is recorded already. */
  recorded(query: StatisticsQuery): PeriodStatistic[] {
    const { periodMs, statistic, anchorMs = 0 } = query;
    const startOf = (atMs: number): number => Math.floor((atMs - anchorMs) / periodMs) * periodMs + anchorMs;
    const fromMs = startOf(query.startMs);
    const periods = new Map<number, MetricBucket>();
    for (const minutes of this.#minutesOf(query)) {
      for (const [minuteMs, bucket] of minutes) {
        if (minuteMs < fromMs || minuteMs >= query.endMs) continue;
        const periodStart = startOf(minuteMs);
        const period = periods.get(periodStart) ?? new MetricBucket();
        period.merge(bucket);
        periods.set(periodStart, period);
      }
    }
    return [...periods]
      .map(([atMs, bucket]) => ({ atMs, value: bucket.statistic(statistic) }))
      .filter((period): period is PeriodStatistic => period.value !== undefined)
      .sort((a, b) => a.atMs - b.atMs);
  }

  /** The metrics that have samples within the window. */
  metrics(): MetricId[] {
    this.#prune();
    const ids = new Map([...this.#series.values()].map(({ id }) => [metricKey(id), id]));
    return [...ids.values()];
  }

  #minutesOf(query: StatisticsQuery): Map<number, MetricBucket>[] {
    const key = metricKey(query);
    return [...this.#series.values()]
      .filter((series) => metricKey(series.id) === key && (query.unit === undefined || query.unit === series.unit))
      .map((series) => series.minutes);
  }

  #bucket(id: MetricId, unit = 'None', atMs = this.#clock.now()): MetricBucket | undefined {
    if (atMs <= this.#clock.now() - WINDOW_MS) return undefined;
    const key = `${metricKey(id)} ${unit}`;
    const { namespace, name, dimensions } = id;
    const series = this.#series.get(key) ?? { id: { namespace, name, dimensions }, unit, minutes: new Map() };
    this.#series.set(key, series);
    const minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    const known = series.minutes.get(minuteMs);
    if (known) return known;
    const bucket = new MetricBucket();
    series.minutes.set(minuteMs, bucket);
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    if (minute !== this.#prunedMinute) this.#prune();
    this.#prunedMinute = minute;
    return bucket;
  }

  #prune(): void {
    const oldestMs = this.#clock.now() - WINDOW_MS;
    for (const [key, series] of this.#series) {
      for (const minuteMs of series.minutes.keys()) {
        if (minuteMs + MINUTE_MS <= oldestMs) series.minutes.delete(minuteMs);
      }
      if (series.minutes.size === 0) this.#series.delete(key);
    }
  }
}

function metricKey({ namespace, name, dimensions }: MetricId): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
