import { describe, expect, it } from 'vitest';
import { reasonText, SESSION_REASONS, type SessionReasonCode, toldReasonText } from '#core/domain/session-reasons.ts';

const CODES = Object.keys(SESSION_REASONS) as SessionReasonCode[];

describe('session reasons', () => {
  it.each(CODES)('%s is whole sentences in each language, without anything left to fill in', (code) => {
    const [english, portuguese] = [reasonText(code, 'en', 0), reasonText(code, 'pt-BR', 0)];
    for (const text of [english, portuguese]) {
      expect(text).toMatch(/^\p{Lu}.*\.$/u);
      expect(text).not.toMatch(/[{}]/);
    }
    expect(portuguese).not.toBe(english);
  });

  it('has codes of lower-case words', () => {
    for (const code of CODES) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it('tells what was written down where it does not know the code', () => {
    expect(toldReasonText({ reasonCode: 'of_a_later_release', reason: 'Later.' }, 'pt-BR')).toBe('Later.');
    expect(toldReasonText({ reason: 'Of release 0.1.' }, 'pt-BR')).toBe('Of release 0.1.');
    expect(toldReasonText({}, 'en')).toBeUndefined();
    expect(toldReasonText({ reasonCode: 'constructor' }, 'en')).toBeUndefined();
  });
});
