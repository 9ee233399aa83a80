import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_RETRY_AFTER_MS, retryAfterMs } from '#core/domain/delivery/retry-after.ts';
import { POST_FAILURES, type PostFailure, verdictOf } from '#core/domain/delivery/verdict.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

/** The class that webhooks.md 3.2 puts a status in, written down apart from the code. */
function classOf(httpStatus: number): string {
  if (httpStatus >= 200 && httpStatus < 300) return 'delivered';
  if (httpStatus === 410) return 'dead gone';
  if (httpStatus === 413) return 'dead too_large';
  if ([408, 409, 425, 429].includes(httpStatus)) return 'failed full';
  return httpStatus >= 400 && httpStatus < 500 ? 'failed client_error' : 'failed full';
}

describe('verdictOf', () => {
  it('puts each status from 100 to 599 into its class', () => {
    for (let httpStatus = 100; httpStatus <= 599; httpStatus++) {
      const verdict = verdictOf({ httpStatus }, NOW);
      const detail = 'patience' in verdict ? ` ${verdict.patience}` : 'reason' in verdict ? ` ${verdict.reason}` : '';
      expect(`${httpStatus} ${verdict.kind}${detail}`).toBe(`${httpStatus} ${classOf(httpStatus)}`);
      if (verdict.kind !== 'delivered') expect(verdict.error).toContain(`answered ${httpStatus}`);
    }
  });
  it('says of redirects that they are not followed', () => {
    for (const httpStatus of [300, 301, 302, 303, 307, 308])
      expect(verdictOf({ httpStatus }, NOW)).toMatchObject({ error: expect.stringContaining('not followed') });
  });
  it('puts each network failure into its class', () => {
    const expected: Record<PostFailure, object> = {
      blocked: { kind: 'dead', reason: 'blocked' },
      dns: { kind: 'failed', patience: 'full', timedOut: false },
      no_such_name: { kind: 'failed', patience: 'no_such_name', timedOut: false },
      connect: { kind: 'failed', patience: 'full', timedOut: false },
      certificate: { kind: 'failed', patience: 'certificate', timedOut: false },
      timeout: { kind: 'failed', patience: 'full', timedOut: true },
      broken: { kind: 'failed', patience: 'full', timedOut: false },
    };
    for (const failure of POST_FAILURES) expect(verdictOf({ failure }, NOW)).toMatchObject(expected[failure]);
  });
  it('obeys control headers, whatever their case', () => {
    expect(verdictOf({ httpStatus: 500, control: 'Abort-Message' }, NOW)).toMatchObject({ reason: 'aborted' });
    expect(verdictOf({ httpStatus: 400, control: ' disable ' }, NOW)).toMatchObject({ disable: 'asked_to' });
    expect(verdictOf({ httpStatus: 200, control: 'disable' }, NOW)).toEqual({ kind: 'delivered', disable: 'asked_to' });
    expect(verdictOf({ httpStatus: 200, control: 'abort-message' }, NOW)).toEqual({ kind: 'delivered' });
    expect(verdictOf({ httpStatus: 410 }, NOW)).toMatchObject({ disable: 'gone' });
  });
  it('waits for a receiver that says 429 or 503 with a time, and keeps the time of others', () => {
    for (const httpStatus of [429, 503])
      expect(verdictOf({ httpStatus, retryAfter: '30' }, NOW)).toMatchObject({ kind: 'paused', retryAfterMs: 30_000 });
    expect(verdictOf({ httpStatus: 500, retryAfter: '30' }, NOW)).toMatchObject({
      kind: 'failed',
      retryAfterMs: 30_000,
    });
    expect(verdictOf({ httpStatus: 429, retryAfter: 'soon' }, NOW)).toMatchObject({ kind: 'failed' });
  });
});

describe('retryAfterMs', () => {
  it('reads seconds, fractions and HTTP dates', () => {
    expect(retryAfterMs('5', NOW)).toBe(5000);
    expect(retryAfterMs('0.5', NOW)).toBe(500);
    expect(retryAfterMs('Fri, 20 Nov 2026 12:01:00 GMT', NOW)).toBe(60_000);
    expect(retryAfterMs('Friday, 20-Nov-26 12:01:00 GMT', NOW)).toBe(60_000);
    expect(retryAfterMs('Thu, 19 Nov 2026 12:01:00 GMT', NOW)).toBe(0);
  });
  it('knows nothing of what is neither', () => {
    for (const text of [undefined, '', '-1', '1e3', 'soon', '2026-11-20', '5 s', 'Fri, 32 Nov 2026 25:00:00 GMT'])
      expect(retryAfterMs(text, NOW)).toBeUndefined();
  });
  it('is never negative and never above six hours, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String), fc.date().map(String)), (text) => {
        const ms = retryAfterMs(text, NOW);
        expect(ms === undefined || (ms >= 0 && ms <= LONGEST_RETRY_AFTER_MS)).toBe(true);
      }),
    );
  });
});
