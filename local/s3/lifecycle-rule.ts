import * as z from 'zod';

const DAY_MS = 24 * 3600 * 1000;

/** One rule of a bucket, whether it came from CloudFormation or through the API. */
export const lifecycleRule = z.object({
  id: z.string(),
  enabled: z.boolean(),
  prefix: z.string(),
  tags: z.record(z.string(), z.string()),
  /** Bytes, both excluded */
  sizeGreaterThan: z.number().optional(),
  sizeLessThan: z.number().optional(),
  expireAfterDays: z.number().optional(),
  /** Milliseconds since the epoch */
  expireAt: z.number().optional(),
  abortUploadsAfterDays: z.number().optional(),
});
export type LifecycleRule = z.infer<typeof lifecycleRule>;

/** What rules look at. */
export interface RuleSubject {
  readonly key: string;
  readonly size: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch */
  readonly modified_at: number;
}

/** True when one of the rules says that the object ends now or ended before. */
export function isExpired(rules: readonly LifecycleRule[], object: RuleSubject, nowMs: number): boolean {
  return rules.some((rule) => {
    if (!rule.enabled || !covers(rule, object)) return false;
    if (rule.expireAt !== undefined && rule.expireAt <= nowMs) return true;
    return rule.expireAfterDays !== undefined && dueAt(object.modified_at, rule.expireAfterDays) <= nowMs;
  });
}

/** Objects that were modified later than this expire by no rule yet; milliseconds since the epoch. */
export function expiryCutoff(rules: readonly LifecycleRule[], nowMs: number): number {
  const ages = rules.map((rule) =>
    rule.expireAt === undefined ? (rule.expireAfterDays ?? Number.POSITIVE_INFINITY) : 0,
  );
  return Math.max(0, nowMs - Math.min(...ages) * DAY_MS);
}

/** True when one of the rules says that an unfinished multipart upload is to be aborted. */
export function isAbandoned(
  rules: readonly LifecycleRule[],
  upload: { readonly key: string; readonly started_at: number },
  nowMs: number,
): boolean {
  return rules.some(
    ({ enabled, prefix, abortUploadsAfterDays }) =>
      enabled &&
      abortUploadsAfterDays !== undefined &&
      upload.key.startsWith(prefix) &&
      dueAt(upload.started_at, abortUploadsAfterDays) <= nowMs,
  );
}

/** The first midnight UTC after a time: S3 acts on lifecycle rules at midnight. */
export function nextMidnight(atMs: number): number {
  return (Math.floor(atMs / DAY_MS) + 1) * DAY_MS;
}

/** S3 adds the days and rounds up to the next midnight UTC. */
function dueAt(fromMs: number, days: number): number {
  return Math.ceil((fromMs + days * DAY_MS) / DAY_MS) * DAY_MS;
}

function covers(rule: LifecycleRule, object: RuleSubject): boolean {
  return (
    object.key.startsWith(rule.prefix) &&
    Object.entries(rule.tags).every(([key, value]) => object.tags[key] === value) &&
    object.size > (rule.sizeGreaterThan ?? -1) &&
    object.size < (rule.sizeLessThan ?? Number.POSITIVE_INFINITY)
  );
}
