import type { Session } from '../../sessions/session.ts';
import { AccountRefusal, type WhatsAppAccount } from '../../whatsapp/account-port.ts';

/** Graph's code of a service that is unavailable. */
const UNAVAILABLE = 131016;

/** What can be asked of WhatsApp, as soon as the session is open. @throws AccountRefusal when it is not by the deadline */
export async function accountOf(session: Session, deadline: AbortSignal): Promise<WhatsAppAccount> {
  await session.until((now) => now.status === 'open' || !now.running, deadline);
  if (session.connection && session.status === 'open') return session.connection.account;
  throw new AccountRefusal(UNAVAILABLE, `The session is ${session.status}, not open.`);
}
