import { type AuthenticationCreds, jidDecode } from '@whiskeysockets/baileys';
import type { OwnNumber } from './whatsapp-port.ts';

/** The number that these credentials are linked to; its phone number is empty before it was ever paired. */
export function ownNumberOf({ me }: Pick<AuthenticationCreds, 'me'>): OwnNumber {
  const { id = '', lid = '', name } = me ?? {};
  const lidUser = jidDecode(lid)?.user;
  return {
    phoneNumber: jidDecode(id)?.user ?? '',
    ...(lidUser && { lid: lidUser }),
    // Baileys' own placeholder of a number paired by code.
    ...(name && name !== '~' && { profileName: name }),
  };
}
