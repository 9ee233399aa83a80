import { Metric } from '#core/observability/metrics.ts';
import type { Session } from '../sessions/session.ts';
import type { Counters } from './counters.ts';

/** Gauges over all sessions of the task, without a dimension; those that say nothing are left out (D15). */
export function watchSessions(counters: Counters, sessions: () => readonly Session[]): void {
  counters.gauge(Metric.longestFrameAge, () => {
    const ages = sessions().flatMap(({ status, connection }) =>
      status === 'open' && connection ? [connection.lastFrameAgeMs] : [],
    );
    return ages.length === 0 ? undefined : Math.round(Math.max(...ages));
  });
  counters.gauge(Metric.acksPending, () => {
    const open = sessions().filter(({ status }) => status === 'open');
    return open.length === 0
      ? undefined
      : open.reduce((sum, { connection }) => sum + (connection?.pendingAcks ?? 0), 0);
  });
  counters.gauge(Metric.sessionsQuarantined, () => {
    const all = sessions();
    return all.length === 0 ? undefined : all.filter(({ quarantined }) => quarantined).length;
  });
}
