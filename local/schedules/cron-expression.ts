/** Cron of EventBridge: six fields, day-of-month or day-of-week must be `?`. */

/** Matches the days of a month; `last` is the number of its last day, `firstWeekday` 0 (Sunday) to 6. */
type DayRule = (day: number, last: number, firstWeekday: number) => boolean;

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  readonly matchesDay: DayRule;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
}

const MINUTES: Field = { name: 'minutes', min: 0, max: 59 };
const HOURS: Field = { name: 'hours', min: 0, max: 23 };
const DAYS: Field = { name: 'day-of-month', min: 1, max: 31 };
const MONTHS: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
};
const WEEKDAYS: Field = { name: 'day-of-week', min: 1, max: 7, names: 'SUN MON TUE WED THU FRI SAT'.split(' ') };
const YEARS: Field = { name: 'year', min: 1970, max: 2199 };

/** A schedule expression that EventBridge refuses, with the reason. */
export class InvalidSchedule extends Error {
  override readonly name = 'InvalidSchedule';
}

/** Reads what is between the brackets of `cron(…)`. @throws InvalidSchedule */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  const [minutes, hours, days, months, weekdays, years] = fields;
  if (fields.length !== 6 || !minutes || !hours || !days || !months || !weekdays || !years) {
    throw new InvalidSchedule(`cron(${text}) does not have six fields.`);
  }
  if ((days === '?') === (weekdays === '?')) {
    throw new InvalidSchedule(`cron(${text}): exactly one of day-of-month and day-of-week must be "?".`);
  }
  return {
    minutes: valuesOf(minutes, MINUTES),
    hours: valuesOf(hours, HOURS),
    months: new Set(valuesOf(months, MONTHS)),
    years: new Set(valuesOf(years, YEARS)),
    matchesDay: weekdays === '?' ? dayOfMonth(days) : dayOfWeek(weekdays),
  };
}

/** Values that a field names, ascending. */
function valuesOf(text: string, field: Field): number[] {
  const values = new Set<number>();
  for (const term of text.split(',')) {
    const [range = '', step, more] = term.split('/');
    const { from, to } = rangeOf(range, field, step !== undefined);
    const by = step === undefined ? 1 : wholeNumber(step, field);
    if (by < 1 || more !== undefined) throw invalid(text, field);
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** `a/n` counts from `a` to the end of the field. */
function rangeOf(text: string, field: Field, stepped: boolean): { from: number; to: number } {
  if (text === '*') return { from: field.min, to: field.max };
  const [first = '', last, more] = text.split('-');
  const from = valueOf(first, field);
  const to = last === undefined ? (stepped ? field.max : from) : valueOf(last, field);
  if (from > to || more !== undefined) throw invalid(text, field);
  return { from, to };
}

function valueOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : wholeNumber(text, field);
  if (value < field.min || value > field.max) throw invalid(text, field);
  return value;
}

function wholeNumber(text: string, field: Field): number {
  if (!/^\d{1,4}$/.test(text)) throw invalid(text, field);
  return Number(text);
}

function invalid(text: string, field: Field): InvalidSchedule {
  return new InvalidSchedule(`"${text}" is no ${field.name} of a cron expression.`);
}

function dayOfMonth(text: string): DayRule {
  if (text === 'L') return (day, last) => day === last;
  if (text === 'LW') return (day, last, first) => day === nearestWeekday(last, last, first);
  if (/^\d+W$/.test(text)) {
    const near = valueOf(text.slice(0, -1), DAYS);
    return (day, last, first) => near <= last && day === nearestWeekday(near, last, first);
  }
  const days = new Set(valuesOf(text, DAYS));
  return (day) => days.has(day);
}

/** The Monday to Friday that is nearest to a day without leaving its month. */
function nearestWeekday(day: number, last: number, firstWeekday: number): number {
  const weekday = (firstWeekday + day - 1) % 7;
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === last ? day - 2 : day + 1;
  return day;
}

function dayOfWeek(text: string): DayRule {
  const weekdayOf = (day: number, firstWeekday: number): number => ((firstWeekday + day - 1) % 7) + 1;
  if (text === 'L') return (day, _last, first) => weekdayOf(day, first) === 7;
  const [, lastOf] = /^(\w+)L$/.exec(text) ?? [];
  if (lastOf !== undefined) {
    const weekday = valueOf(lastOf, WEEKDAYS);
    return (day, last, first) => day > last - 7 && weekdayOf(day, first) === weekday;
  }
  const [, name, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (name !== undefined) {
    const weekday = valueOf(name, WEEKDAYS);
    return (day, _last, first) => Math.ceil(day / 7) === Number(nth) && weekdayOf(day, first) === weekday;
  }
  const weekdays = new Set(valuesOf(text, WEEKDAYS));
  return (day, _last, first) => weekdays.has(weekdayOf(day, first));
}
