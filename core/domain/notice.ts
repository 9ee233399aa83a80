import type { AccountId } from './ids.ts';

/** What an operator is told by SNS beside alarms. At most one an hour for each kind and subject. */
export const NOTICE_KINDS = [
  'session.needs_person',
  'session.stopped',
  'session.quarantined',
  'endpoint.failing',
  'endpoint.first_dead',
  'endpoint.disabled',
  'endpoint.recovered',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What a notice is about; a storm of one family is told as a digest. */
export const NOTICE_FAMILIES = ['session', 'endpoint'] as const;
export type NoticeFamily = (typeof NOTICE_FAMILIES)[number];
export const noticeFamilyOf = (kind: NoticeKind): NoticeFamily =>
  kind.startsWith('session.') ? 'session' : 'endpoint';

/** Heading of the notice's article in the runbook: `endpoint.first_dead` is at `#endpoint-first-dead`. */
export const noticeSlugOf = (kind: NoticeKind): string => kind.replaceAll(/[._]/g, '-');

export interface Notice {
  readonly kind: NoticeKind;
  /** Session or endpoint that it is about. */
  readonly subject: string;
  readonly accountId: AccountId;
  /** What happened, one sentence. */
  readonly summary: string;
  /** What to do, one sentence. */
  readonly advice: string;
  /**
   * Figures and names for whoever looks into it; no secrets, no full phone numbers. A name that ends in `AtMs` or `SinceMs` is
   * an instant in milliseconds since the epoch and is shown as a time.
   */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Tells operators. Never rejects: a notice that can't be sent is logged, the work that it is about goes on. */
export interface OperatorNotices {
  tell(notice: Notice): Promise<void>;
}
