import { systemClock } from '#core/domain/clock.ts';
import { emfLine } from '#core/observability/emf.ts';

/** Counts on stdout in CloudWatch's embedded metric format; past the logger, whose envelope CloudWatch would not understand. */
export const count = (counts: Parameters<typeof emfLine>[0]): void => {
  process.stdout.write(`${emfLine(counts, systemClock.now())}\n`);
};
