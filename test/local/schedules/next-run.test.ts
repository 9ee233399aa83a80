import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRun } from '../../../local/schedules/next-run.ts';

const at = (iso: string): number => Date.parse(iso);
const next = (expression: string, after: string, timezone?: string): string | undefined => {
  const run = nextRun(expression, at(after), timezone);
  return run === undefined ? undefined : new Date(run).toISOString().slice(0, 16);
};

describe('nextRun', () => {
  it.each([
    ['rate(5 minutes)', '2026-11-20T10:01:00Z', '2026-11-20T10:06'],
    ['rate(1 hour)', '2026-11-20T10:01:00Z', '2026-11-20T11:01'],
    ['rate(2 days)', '2026-11-20T10:01:00Z', '2026-11-22T10:01'],
    ['at(2026-11-20T12:00:00)', '2026-11-20T10:01:00Z', '2026-11-20T12:00'],
    ['at(2026-11-20T12:00:00)', '2026-11-20T12:00:00Z', undefined],
    ['cron(0 10 * * ? *)', '2026-11-20T10:00:00Z', '2026-11-21T10:00'],
    ['cron(0/15 * * * ? *)', '2026-11-20T10:01:00Z', '2026-11-20T10:15'],
    ['cron(5,35 14 * * ? *)', '2026-11-20T14:05:00Z', '2026-11-20T14:35'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-20T18:00:00Z', '2026-11-23T18:00'],
    ['cron(0 8 1 * ? *)', '2026-12-01T08:00:00Z', '2027-01-01T08:00'],
    ['cron(0 0 L * ? *)', '2027-02-01T00:00:00Z', '2027-02-28T00:00'],
    ['cron(0 0 L 2 ? *)', '2027-03-01T00:00:00Z', '2028-02-29T00:00'],
    ['cron(0 0 LW * ? *)', '2027-01-01T00:00:00Z', '2027-01-29T00:00'],
    ['cron(0 0 3W * ? *)', '2026-10-01T00:00:00Z', '2026-10-02T00:00'],
    ['cron(0 0 1W * ? *)', '2026-08-01T00:00:00Z', '2026-08-03T00:00'],
    ['cron(0 0 31W * ? *)', '2026-11-01T00:00:00Z', '2026-12-31T00:00'],
    ['cron(0 0 ? * 6L *)', '2026-11-01T00:00:00Z', '2026-11-27T00:00'],
    ['cron(0 0 ? * FRIL *)', '2026-11-01T00:00:00Z', '2026-11-27T00:00'],
    ['cron(0 0 ? * L *)', '2026-11-20T00:00:00Z', '2026-11-21T00:00'],
    ['cron(0 0 ? * 3#2 *)', '2026-11-01T00:00:00Z', '2026-11-10T00:00'],
    ['cron(0 0 ? * TUE#5 *)', '2026-11-01T00:00:00Z', '2026-12-29T00:00'],
    ['cron(0 12 1 JAN ? 2030)', '2026-11-20T00:00:00Z', '2030-01-01T12:00'],
    ['cron(0 12 1 1 ? 2020)', '2026-11-20T00:00:00Z', undefined],
    ['cron(0 0 31 2 ? *)', '2026-11-20T00:00:00Z', undefined],
    ['cron(0 0 29 2 ? 2027-2032/2)', '2026-11-20T00:00:00Z', undefined],
    ['cron(10-20/5 0 * * ? *)', '2026-11-20T00:16:00Z', '2026-11-20T00:20'],
  ])('says of %s after %s: %s', (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  it.each([
    ['cron(0 9 * * ? *)', '2026-07-01T00:00:00Z', 'America/Sao_Paulo', '2026-07-01T12:00'],
    ['at(2026-07-01T09:00:00)', '2026-06-01T00:00:00Z', 'Asia/Kolkata', '2026-07-01T03:30'],
    // Clocks in Berlin skip 02:30 on 2026-03-29 and show it twice on 2026-10-25.
    ['cron(30 2 * * ? *)', '2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-30T00:30'],
    ['cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', 'Europe/Berlin', '2026-10-25T00:30'],
    ['cron(30 2 * * ? *)', '2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-26T01:30'],
    ['cron(0 0 * * ? *)', '2026-11-20T00:00:00Z', 'Pacific/Auckland', '2026-11-20T11:00'],
  ])('says of %s after %s in %s: %s', (expression, after, timezone, expected) => {
    expect(next(expression, after, timezone)).toBe(expected);
  });

  it.each([
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 minutes)',
    'rate(-1 hours)',
    'rate(5 seconds)',
    'every day',
    'at(tomorrow)',
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(0 10 * * ?)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 0 0 * ? *)',
    'cron(0 0 * 13 ? *)',
    'cron(0 0 ? * 8 *)',
    'cron(0 0 ? * 3#6 *)',
    'cron(0 0 * * ? 1969)',
    'cron(5/0 0 * * ? *)',
    'cron(20-10 0 * * ? *)',
    'cron(a 0 * * ? *)',
    'cron(0 0 ? * 3#1,6#3 *)',
    'cron(1//2 0 * * ? *)',
  ])('refuses %s', (expression) => {
    expect(() => nextRun(expression, 0)).toThrow(/./);
  });

  const minuteSet = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 5 });
  const hourSet = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 });
  const dayField = fc.oneof(
    fc.constant({ days: '*', weekdays: '?' }),
    fc
      .uniqueArray(fc.integer({ min: 1, max: 28 }), { minLength: 1, maxLength: 4 })
      .map((days) => ({ days: days.join(','), weekdays: '?' })),
    fc
      .uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })
      .map((days) => ({ days: '?', weekdays: days.join(',') })),
  );
  const instant = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });

  it('finds the first minute that matches when minutes are tried one by one', () => {
    fc.assert(
      fc.property(minuteSet, hourSet, dayField, instant, (minutes, hours, { days, weekdays }, after) => {
        const run = nextRun(`cron(${minutes.join(',')} ${hours.join(',')} ${days} * ${weekdays} *)`, after);
        const matches = (ms: number): boolean => {
          const date = new Date(ms);
          if (!minutes.includes(date.getUTCMinutes()) || !hours.includes(date.getUTCHours())) return false;
          if (days !== '*' && days !== '?') return days.split(',').map(Number).includes(date.getUTCDate());
          return (
            weekdays === '?' ||
            weekdays
              .split(',')
              .map(Number)
              .includes(date.getUTCDay() + 1)
          );
        };
        let tried = Math.floor(after / 60_000) * 60_000 + 60_000;
        while (!matches(tried)) tried += 60_000;
        expect(run).toBe(tried);
      }),
      { numRuns: 50 },
    );
  });

  it('is later than it is asked after, shows the wall time asked for, and leaves nothing out in any zone', () => {
    const zone = fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'America/Sao_Paulo',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
    );
    fc.assert(
      fc.property(
        zone,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        instant,
        (timezone, hour, minute, after) => {
          const expression = `cron(${minute} ${hour} * * ? *)`;
          const run = nextRun(expression, after, timezone) ?? 0;
          expect(run).toBeGreaterThan(after);
          expect(run - after).toBeLessThanOrEqual(50 * 3_600_000);
          const shown = new Intl.DateTimeFormat('en-GB', {
            timeZone: timezone,
            hour: '2-digit',
            minute: '2-digit',
          }).format(run);
          expect(shown).toBe(`${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
          expect(nextRun(expression, run - 1, timezone)).toBe(run);
        },
      ),
    );
  });
});
