import type { Clock } from '#core/domain/clock.ts';
import { METRICS_FLUSH_MS } from '#core/domain/pace.ts';
import { METRICS_NAMESPACE, type Metric } from '#core/observability/metrics.ts';

export type MetricName = (typeof Metric)[keyof typeof Metric];

/** Counts and gauges of this task, written out as CloudWatch's embedded metric format. */
export interface Counters {
  add(name: MetricName, count?: number): void;
  /** Reads the gauge at each write-out; one that reads undefined is left out of it. */
  gauge(name: MetricName, read: () => number | undefined): void;
  /** Writes what has gathered since the last time. */
  flush(): void;
  /** Ends the regular write-outs after a last one. */
  stop(): void;
}

/** @param write takes one line of EMF without its newline */
export function makeCounters(options: { readonly clock: Clock; readonly write: (line: string) => void }): Counters {
  const { clock, write } = options;
  const counts = new Map<MetricName, number>();
  const gauges = new Map<MetricName, () => number | undefined>();
  let cancel = (): void => undefined;

  const flush = (): void => {
    const values = new Map<MetricName, number>(counts);
    for (const [name, read] of gauges) {
      const value = read();
      if (value !== undefined) values.set(name, value);
    }
    counts.clear();
    if (values.size === 0) return;
    const Metrics = [...values.keys()].map((Name) => ({ Name, Unit: 'Count' }));
    const directive = { Namespace: METRICS_NAMESPACE, Dimensions: [[]], Metrics };
    write(
      JSON.stringify({
        _aws: { Timestamp: clock.now(), CloudWatchMetrics: [directive] },
        ...Object.fromEntries(values),
      }),
    );
  };
  const arm = (): void => {
    cancel = clock.after(METRICS_FLUSH_MS, () => {
      flush();
      arm();
    });
  };
  arm();
  return {
    add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
    gauge: (name, read) => void gauges.set(name, read),
    flush,
    stop() {
      cancel();
      flush();
    },
  };
}
