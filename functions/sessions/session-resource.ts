import type { SessionResource } from '#core/contracts/api/sessions.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { type Language, toldReasonText } from '#core/domain/session-reasons.ts';
import { shownLimits } from './session-limits.ts';

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Why a session has its status, in the caller's language, with the code that stays the same in all of them. */
export const toldReason = (row: SessionRow, language: Language) => ({
  reason: toldReasonText(row, language) ?? null,
  reason_code: row.reasonCode ?? null,
});

/** A session as the API shows it. */
export function sessionResource(row: SessionRow, language: Language): SessionResource {
  return {
    id: row.sessionId,
    name: row.name ?? null,
    status: row.status,
    ...toldReason(row, language),
    since: isoTime(row.sinceMs),
    phone_number: row.phoneNumber ?? null,
    profile_name: row.profileName ?? null,
    proxy: row.proxy ?? null,
    limits: shownLimits(row.limits),
    created_at: isoTime(row.createdAtMs),
  };
}
