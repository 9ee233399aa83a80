import * as z from 'zod';
import { parsePhoneNumber } from '../../../domain/phone-number.ts';

/** Group ids: digits, and a hyphen in those of old groups. */
const GroupIdSchema = z.string().regex(/^\d[\d-]{4,40}$/, 'must be a group id');

/** The address that `to` means. @returns undefined for what is neither */
export function addressOf(
  to: string,
  recipientType: 'individual' | 'group',
): { type: 'individual'; phone: string } | { type: 'group'; groupId: string } | undefined {
  if (recipientType === 'group') {
    const group = GroupIdSchema.safeParse(to);
    return group.success ? { type: 'group', groupId: group.data } : undefined;
  }
  const phone = parsePhoneNumber(to);
  return phone === undefined ? undefined : { type: 'individual', phone };
}
