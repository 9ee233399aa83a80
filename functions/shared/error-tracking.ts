import { randomBytes } from 'node:crypto';
import { type ErrorReport, type ErrorTracker, makeErrorTracker } from '#core/adapters/http/error-tracker.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { loadConfig } from './config.ts';

const { errorTrackingDsn: dsn, privateTargets, version } = loadConfig('errorTrackingDsn', 'privateTargets', 'version');

const tracker: ErrorTracker | undefined =
  dsn === undefined
    ? undefined
    : makeErrorTracker({ dsn, service: 'functions', version, privateTargets, clock, random: randomBytes });

/** Tells the error tracker, if the deployment has one. */
export const track = (report: ErrorReport): void => tracker?.report(report);

/** To be awaited before a handler returns: Lambda freezes what is still on its way then. */
export const trackingSettled = async (): Promise<void> => tracker?.settled();
