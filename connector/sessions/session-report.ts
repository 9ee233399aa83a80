import { reasonText } from '#core/domain/session-reasons.ts';
import type { OwnNumber } from '../whatsapp/whatsapp-port.ts';
import type { SessionChanges } from './session-repository.ts';
import type { SessionState } from './session-state.ts';

/** A pairing code as it is shown. */
export interface ShownQr {
  readonly qr: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** What the row says of a session. */
export function reportOf(
  { status, reason, reasonUntilMs }: SessionState,
  shown: {
    readonly sinceMs: number;
    readonly own: OwnNumber | undefined;
    readonly qr: ShownQr | undefined;
    /** Its start is over. */
    readonly settled: boolean;
  },
): SessionChanges {
  const { sinceMs, own, qr, settled } = shown;
  return {
    status,
    reason: reason && reasonText(reason, 'en', reasonUntilMs),
    reasonCode: reason,
    reasonUntilMs,
    sinceMs,
    phoneNumber: own?.phoneNumber,
    lid: own?.lid,
    profileName: own?.profileName,
    qr: qr?.qr,
    qrExpiresAtMs: qr?.expiresAtMs,
    endsStart: settled,
  };
}
