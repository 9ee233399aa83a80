/** What was recorded for one metric within one minute, or merged over several. */
export interface StatisticSet {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p95` or `p99.9`. */
export type Statistic = 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'SampleCount' | `p${number}`;

/** Distinct values kept exactly per minute; later ones are rounded to two digits, so that the store stays small. */
const MAX_EXACT_VALUES = 500;

/** Samples of one metric in one span of time. */
export class MetricBucket {
  #sampleCount = 0;
  #sum = 0;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = Number.NEGATIVE_INFINITY;
  /** How often each value occurred, for percentiles. */
  readonly #values = new Map<number, number>();
  /** Samples of which only a statistic set is known. */
  #opaque = 0;

  /** Adds `count` samples of one value. */
  add(value: number, count = 1): void {
    this.#grow({ sampleCount: count, sum: value * count, minimum: value, maximum: value });
    const exact = this.#values.has(value) || this.#values.size < MAX_EXACT_VALUES;
    const kept = exact ? value : Number(value.toPrecision(2));
    this.#values.set(kept, (this.#values.get(kept) ?? 0) + count);
  }

  /** Adds samples whose single values nobody knows. */
  addSet(set: StatisticSet): void {
    if (set.minimum === set.maximum) return this.add(set.minimum, set.sampleCount);
    this.#grow(set);
    this.#opaque += set.sampleCount;
  }

  merge(other: MetricBucket): void {
    this.#grow({
      sampleCount: other.#sampleCount,
      sum: other.#sum,
      minimum: other.#minimum,
      maximum: other.#maximum,
    });
    this.#opaque += other.#opaque;
    for (const [value, count] of other.#values) this.#values.set(value, (this.#values.get(value) ?? 0) + count);
  }

  /** Undefined when there is nothing, or no percentile because single values are unknown (as in CloudWatch). */
  statistic(name: Statistic): number | undefined {
    if (this.#sampleCount === 0) return undefined;
    switch (name) {
      case 'Average':
        return this.#sum / this.#sampleCount;
      case 'Sum':
        return this.#sum;
      case 'Minimum':
        return this.#minimum;
      case 'Maximum':
        return this.#maximum;
      case 'SampleCount':
        return this.#sampleCount;
      default:
        return this.#opaque > 0 ? undefined : this.#percentile(Number(name.slice(1)) / 100);
    }
  }

  #grow(set: StatisticSet): void {
    this.#sampleCount += set.sampleCount;
    this.#sum += set.sum;
    this.#minimum = Math.min(this.#minimum, set.minimum);
    this.#maximum = Math.max(this.#maximum, set.maximum);
  }

  /** Nearest rank. */
  #percentile(fraction: number): number | undefined {
    const rank = Math.max(1, Math.ceil(fraction * this.#sampleCount));
    let seen = 0;
    for (const [value, count] of [...this.#values].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= rank) return value;
    }
    return undefined;
  }
}
