import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import type { ConnectorConfig } from '../../../connector/config.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { makeTracker } from '../../../connector/observability/tracker.ts';
import { startErrorReceiver } from '../../support/error-receiver.ts';

describe('error tracking of the connector', () => {
  it('reports an error that is logged as one, with the ids of its logger, and nothing below', async () => {
    await using receiver = await startErrorReceiver();
    const config = { errorTrackingDsn: receiver.dsn, privateTargets: ['127.0.0.0/8'], version: '0.1.0' };
    const tracker = makeTracker(config as unknown as ConnectorConfig, systemClock);
    const logger = makeLogger({ level: 'error', version: '0.1.0', ...(tracker && { onError: tracker.report }) });
    const ofSession = logger.child({ sessionUid: 'a1' });
    ofSession.warn({ error: new Error('x') }, 'lease not looked at');
    ofSession.error({ error: new Error('x') }, 'nobody caught an error');
    ofSession.error('another task took over');
    await tracker?.settled();
    expect(receiver.received.map(({ lines }) => lines[2])).toEqual([
      expect.objectContaining({
        logger: 'connector',
        tags: { service: 'connector', sessionUid: 'a1' },
        exception: { values: [expect.objectContaining({ type: 'Error', value: 'nobody caught an error' })] },
      }),
    ]);
  });

  it('does nothing without a DSN', () => {
    expect(makeTracker({ errorTrackingDsn: undefined } as unknown as ConnectorConfig, systemClock)).toBeUndefined();
  });
});
