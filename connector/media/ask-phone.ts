import type { Clock } from '#core/domain/clock.ts';
import type { Session } from '../sessions/session.ts';
import type { ReceivedMedia, ReceivedMessage } from '../whatsapp/whatsapp-port.ts';

/** After a restart the session opens within seconds; for one that does not there is nobody to ask. Milliseconds. */
const OPEN_WAIT_MS = 60_000;

/**
 * Has the phone of a session's number upload the file of a received message again.
 * @throws Error when the session does not open, the phone does not answer in time, or has not got the file
 */
export async function askPhone(
  { session, clock }: { readonly session: Session; readonly clock: Clock },
  media: ReceivedMedia,
  of: ReceivedMessage,
): Promise<ReceivedMedia> {
  const enough = new AbortController();
  const cancel = clock.after(OPEN_WAIT_MS, () => enough.abort());
  await session.until(({ status, running }) => status === 'open' && running, enough.signal);
  cancel();
  const { connection, status } = session;
  if (!connection || status !== 'open') throw new Error('the session is not open');
  return connection.askForMedia(media, of);
}
