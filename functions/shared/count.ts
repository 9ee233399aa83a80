import { systemClock } from '#core/domain/clock.ts';
import { emfLine } from '#core/observability/emf.ts';

type Counts = Parameters<typeof emfLine>[0];

/** What one piece of work has counted so far. */
let together: Map<keyof Counts, number> | undefined;

/** Counts on stdout in CloudWatch's embedded metric format; past the logger, whose envelope CloudWatch would not understand. */
export const count = (counts: Counts): void => {
  if (!together) return write(counts);
  for (const [name, value] of Object.entries(counts)) {
    const key = name as keyof Counts;
    together.set(key, (together.get(key) ?? 0) + value);
  }
};

/** Writes what the work counts as one line at its end: a line for each event of a batch is half of what a batch logs. */
export async function countingTogether<T>(work: () => Promise<T>): Promise<T> {
  const counted = new Map<keyof Counts, number>();
  together = counted;
  try {
    return await work();
  } finally {
    together = undefined;
    if (counted.size > 0) write(Object.fromEntries(counted));
  }
}

function write(counts: Counts): void {
  process.stdout.write(`${emfLine(counts, systemClock.now())}\n`);
}
