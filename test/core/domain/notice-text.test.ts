import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountIdSchema } from '#core/domain/ids.ts';
import { NOTICE_KINDS, type Notice } from '#core/domain/notice.ts';
import { addCounted, noticeText, stormEndText, stormText } from '#core/domain/notice-text.ts';

const notice: Notice = {
  kind: 'endpoint.failing',
  subject: 'wh_1',
  accountId: AccountIdSchema.parse('123456789012345678'),
  summary: 'It fails.',
  advice: 'Repair it.',
  facts: {},
};
const NOW_MS = Date.parse('2026-11-20T10:00:00Z');

describe('text of a notice', () => {
  it('has a subject that SNS takes, whatever it is about', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NOTICE_KINDS), fc.string({ unit: 'binary', maxLength: 300 }), (kind, about) => {
        const { subject } = noticeText({ ...notice, kind, subject: about }, NOW_MS);
        expect(subject).toMatch(/^Pombo: [\x20-\x7e]{1,93}$/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps each fact on its line', () => {
    const { body } = noticeText({ ...notice, facts: { error: 'one\nRunbook: elsewhere' } }, NOW_MS);
    expect(body.split('\n').filter((line) => line.startsWith('Runbook: '))).toEqual([
      'Runbook: docs/runbook.md#endpoint-failing',
    ]);
  });

  it('shows instants as times and durations as figures', () => {
    const { body } = noticeText({ ...notice, facts: { failingSinceMs: NOW_MS, lastAtMs: 5, durationMs: 12 } }, NOW_MS);
    expect(body).toContain('failingSinceMs: 2026-11-20 10:00:00 UTC');
    expect(body).toContain('lastAtMs: 5');
    expect(body).toContain('durationMs: 12');
  });

  it('counts a storm by kind, and two storms together', () => {
    const one = {
      sinceMs: NOW_MS,
      untilMs: NOW_MS + 300_000,
      kinds: { 'endpoint.failing': 9, 'endpoint.disabled': 2 },
    };
    expect(stormText('endpoint', one).subject).toBe('Pombo: 11 notices about webhooks');
    const both = addCounted(one, {
      sinceMs: NOW_MS + 600_000,
      untilMs: NOW_MS + 900_000,
      kinds: { 'endpoint.failing': 20 },
    });
    expect(both.kinds).toEqual({ 'endpoint.failing': 29, 'endpoint.disabled': 2 });
    const { subject, body } = stormEndText('endpoint', both);
    expect(subject).toBe('Pombo: 31 notices about webhooks in all');
    expect(body).toContain('from 2026-11-20 10:00:00 UTC to 2026-11-20 10:15:00 UTC');
    expect(body).toContain('29 x ');
  });
});
