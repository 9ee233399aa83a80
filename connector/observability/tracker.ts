import { randomBytes } from 'node:crypto';
import { type ErrorTracker, makeErrorTracker } from '#core/adapters/http/error-tracker.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { ConnectorConfig } from '../config.ts';

/** The deployment's error tracker, if it has one. */
export function makeTracker(config: ConnectorConfig, clock: Clock): ErrorTracker | undefined {
  const { errorTrackingDsn: dsn, privateTargets, version } = config;
  if (!dsn) return undefined;
  return makeErrorTracker({ dsn, service: 'connector', version, privateTargets, clock, random: randomBytes });
}
