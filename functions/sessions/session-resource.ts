import type { SessionResource } from '#core/contracts/api/sessions.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** A session as the API shows it. */
export function sessionResource(row: SessionRow): SessionResource {
  return {
    id: row.sessionId,
    name: row.name ?? null,
    status: row.status,
    reason: row.reason ?? null,
    since: isoTime(row.sinceMs),
    phone_number: row.phoneNumber ?? null,
    profile_name: row.profileName ?? null,
    created_at: isoTime(row.createdAtMs),
  };
}
