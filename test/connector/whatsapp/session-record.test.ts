import { describe, expect, it } from 'vitest';
import { withUntouchedSessions } from '../../../connector/whatsapp/session-record.ts';

const session = (used: number, ratchet: string) => ({ indexInfo: { used }, ratchet });
const record = (sessions: Record<string, object>) => ({ _sessions: sessions, version: 'v1' });

describe('withUntouchedSessions', () => {
  it('puts back the session that was tried before the one that fits', () => {
    const before = record({ fits: session(1, 'a'), wrong: session(2, 'b') });
    const after = record({ fits: session(3, 'a2'), wrong: session(2, 'spoiled') });
    expect(withUntouchedSessions(before, after)).toEqual(record({ fits: session(3, 'a2'), wrong: session(2, 'b') }));
  });

  it('keeps the step of the session that fits, also within one millisecond', () => {
    const before = record({ wrong: session(5, 'b'), fits: session(5, 'a') });
    const after = record({ wrong: session(5, 'spoiled'), fits: session(5, 'a2') });
    expect(withUntouchedSessions(before, after)).toEqual(record({ wrong: session(5, 'b'), fits: session(5, 'a2') }));
  });

  it('has nothing to put back when one session changed, or there was none before', () => {
    const before = record({ one: session(1, 'a'), other: session(2, 'b') });
    expect(withUntouchedSessions(before, record({ one: session(1, 'a'), other: session(3, 'b2') }))).toBeUndefined();
    expect(withUntouchedSessions(undefined, before)).toBeUndefined();
  });
});
