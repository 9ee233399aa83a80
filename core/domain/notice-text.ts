import { type Notice, type NoticeFamily, type NoticeKind, noticeFamilyOf, noticeSlugOf } from './notice.ts';

/** A notice as SNS takes it. */
export interface NoticeText {
  /** At most 100 printable ASCII characters (SNS, Publish, `Subject`). */
  readonly subject: string;
  readonly body: string;
}

/** How many notices of each kind. */
export type KindCounts = Readonly<Partial<Record<NoticeKind, number>>>;

/** Notices that were counted instead of told. */
export interface CountedNotices {
  readonly sinceMs: number;
  /** When the counting ended or will end. */
  readonly untilMs: number;
  /** All of that time, those that were told one by one included. */
  readonly kinds: KindCounts;
}

/** SNS, Publish: "up to 100 characters". */
const SUBJECT_CHARACTERS = 100;
const RUNBOOK = 'docs/runbook.md';
/** An instant in milliseconds is beyond this since 2001; a smaller figure of that name is something else. */
const EARLIEST_MS = 1e12;

const TITLE: Readonly<Record<NoticeKind, string>> = {
  'session.needs_person': 'a number needs a person',
  'session.stopped': 'a number has stopped',
  'session.quarantined': 'a number is not started any more',
  'endpoint.failing': 'a webhook does not take its events',
  'endpoint.first_dead': 'events for a webhook were given up',
  'endpoint.disabled': 'a webhook is disabled',
  'endpoint.recovered': 'a webhook works again',
};

const SUBJECT_LABEL: Readonly<Record<NoticeFamily, string>> = { session: 'Session', endpoint: 'Endpoint' };

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** One notice as a mail: what, since when, figures, what to do, where to read on. */
export function noticeText(notice: Notice, nowMs: number): NoticeText {
  const { kind, subject, accountId, summary, advice, facts } = notice;
  const body = [
    summary,
    '',
    `What to do: ${advice}`,
    '',
    `Time: ${timeOf(nowMs)}`,
    `Account: ${accountId}`,
    `${SUBJECT_LABEL[noticeFamilyOf(kind)]}: ${subject}`,
    ...Object.entries(facts).map(([name, value]) => `${name}: ${shown(name, value)}`),
    '',
    `Runbook: ${RUNBOOK}#${noticeSlugOf(kind)}`,
  ];
  return { subject: subjectLine(`${TITLE[kind]}: ${subject}`), body: lines(body) };
}

const FAMILY_PLURAL: Readonly<Record<NoticeFamily, string>> = { session: 'sessions', endpoint: 'webhooks' };
const FAMILY_LIST: Readonly<Record<NoticeFamily, string>> = { session: 'GET /sessions', endpoint: 'GET /webhooks' };

/** The first digest of a storm: what has come so far, and that the rest is only counted. */
export function stormText(family: NoticeFamily, counted: CountedNotices): NoticeText {
  const total = totalOf(counted.kinds);
  return digest(family, counted, {
    title: `${total} notices about ${FAMILY_PLURAL[family]}`,
    first: `${total} notices about ${FAMILY_PLURAL[family]} since ${timeOf(counted.sinceMs)}. Further ones are counted, and one more notice says how many there were when this is over.`,
  });
}

/** The last digest of a storm, with the figures of all of it. */
export function stormEndText(family: NoticeFamily, counted: CountedNotices): NoticeText {
  const total = totalOf(counted.kinds);
  return digest(family, counted, {
    title: `${total} notices about ${FAMILY_PLURAL[family]} in all`,
    first: `${total} notices about ${FAMILY_PLURAL[family]} from ${timeOf(counted.sinceMs)} to ${timeOf(counted.untilMs)}.`,
  });
}

/** The counts of both, for storms whose end could not be told before the next one. */
export function addCounted(one: CountedNotices | undefined, other: CountedNotices): CountedNotices {
  if (!one) return other;
  const kinds: Partial<Record<NoticeKind, number>> = { ...one.kinds };
  for (const [kind, count] of countsOf(other.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
  return { sinceMs: Math.min(one.sinceMs, other.sinceMs), untilMs: Math.max(one.untilMs, other.untilMs), kinds };
}

function digest(
  family: NoticeFamily,
  { kinds }: CountedNotices,
  { title, first }: { readonly title: string; readonly first: string },
): NoticeText {
  const slugs = countsOf(kinds).map(([kind]) => `Runbook: ${RUNBOOK}#${noticeSlugOf(kind)}`);
  const body = [
    first,
    '',
    ...countsOf(kinds).map(([kind, count]) => `${count} x ${TITLE[kind]} (${kind})`),
    '',
    `What to do: look for what they have in common first: a receiver's host, the network, a release. ${FAMILY_LIST[family]} lists them; the log lines "operator notice counted" name each one.`,
    '',
    ...slugs,
  ];
  return { subject: subjectLine(title), body: lines(body) };
}

const countsOf = (kinds: KindCounts): (readonly [NoticeKind, number])[] =>
  Object.entries(kinds) as (readonly [NoticeKind, number])[];

const totalOf = (kinds: KindCounts): number => countsOf(kinds).reduce((sum, [, count]) => sum + count, 0);

const lines = (body: readonly string[]): string => `${body.join('\n')}\n`;

/** What SNS refuses in a subject is left out: line ends, control characters, all that is not ASCII. */
function subjectLine(text: string): string {
  const ascii = `Pombo: ${text}`.normalize('NFKD').replaceAll(/[^\x20-\x7e]/g, '');
  return ascii.slice(0, SUBJECT_CHARACTERS).trimEnd();
}

function shown(name: string, value: string | number): string {
  const instant = typeof value === 'number' && value > EARLIEST_MS && /(?:AtMs|[sS]inceMs|UntilMs)$/.test(name);
  return instant ? timeOf(value) : String(value).replaceAll(/\s+/g, ' ');
}
