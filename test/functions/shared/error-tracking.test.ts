import { afterEach, describe, expect, it, vi } from 'vitest';
import { Env } from '#core/resource-names.ts';
import { type ErrorReceiver, startErrorReceiver } from '../../support/error-receiver.ts';
import { callApi } from '../support/call-api.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** The handler of a cold start in a deployment with this tracker. */
async function apiHandlerWith({ dsn }: ErrorReceiver) {
  vi.stubEnv(Env.errorTrackingDsn, dsn.href);
  vi.stubEnv(Env.privateTargets, '127.0.0.0/8');
  vi.resetModules();
  const { apiHandler } = await import('../../../functions/shared/api-handler.ts');
  return apiHandler;
}

describe('error tracking of functions', () => {
  it('has reported an unexpected error before the answer leaves, with the trace id that the client sees', async () => {
    await using receiver = await startErrorReceiver();
    const apiHandler = await apiHandlerWith(receiver);
    const answer = await callApi(
      apiHandler(() => Promise.reject(new RangeError('5511987654321'))),
      'GET /',
    );
    expect(answer.status).toBe(500);
    expect(receiver.received.map(({ lines }) => lines[2])).toEqual([
      expect.objectContaining({
        logger: 'functions',
        tags: expect.objectContaining({ traceId: answer.error().fbtrace_id }),
        exception: { values: [expect.objectContaining({ type: 'RangeError', value: 'request failed' })] },
      }),
    ]);
    expect(receiver.received[0]?.body).not.toContain('5511987654321');
  });

  it('does not report a refusal', async () => {
    await using receiver = await startErrorReceiver();
    const apiHandler = await apiHandlerWith(receiver);
    // Of the handler's own modules: an error of another copy of the class would be unexpected.
    const { GraphError: Refusal } = await import('#core/domain/graph-error.ts');
    await callApi(
      apiHandler(() => Promise.reject(new Refusal(100, 'No.'))),
      'GET /',
    );
    expect(receiver.received).toEqual([]);
  });
});
