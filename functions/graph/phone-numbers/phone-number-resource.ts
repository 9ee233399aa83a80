import type { PhoneNumberResource } from '#core/contracts/api/graph/phone-numbers.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';

const STATUSES: Readonly<Record<SessionStatus, NonNullable<PhoneNumberResource['status']>>> = {
  created: 'PENDING',
  pairing: 'PENDING',
  connecting: 'DISCONNECTED',
  open: 'CONNECTED',
  reconnecting: 'DISCONNECTED',
  stopped: 'DISCONNECTED',
  logged_out: 'DISCONNECTED',
  banned: 'BANNED',
};

/** A session as Meta shows a phone number. A name that nobody knows yet is left out, as Graph leaves it out. */
export function phoneNumberResource(row: SessionRow): PhoneNumberResource {
  const { phoneNumber } = row;
  const name = row.profileName ?? row.name;
  return {
    id: row.sessionId,
    display_phone_number: phoneNumber ? `+${phoneNumber}` : '',
    ...(name ? { verified_name: name } : {}),
    status: STATUSES[row.status],
    quality_rating: 'NA',
    code_verification_status: phoneNumber && row.status !== 'logged_out' ? 'VERIFIED' : 'UNVERIFIED',
    name_status: 'AVAILABLE_WITHOUT_REVIEW',
    platform_type: 'CLOUD_API',
    account_mode: 'LIVE',
    throughput: { level: 'STANDARD' },
    is_official_business_account: false,
    is_pin_enabled: false,
    is_on_biz_app: true,
    last_onboarded_time: new Date(row.createdAtMs).toISOString(),
  };
}
