import type { StatusEvent } from '#core/contracts/event.ts';
import type { Clock } from '#core/domain/clock.ts';
import { keepTrying } from '../keep-trying.ts';
import type { SentBook } from '../messages/sent-book.ts';
import type { Logger } from '../observability/logger.ts';
import { statusEventOf } from '../outbound/status-event.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { Receipt } from '../whatsapp/whatsapp-port.ts';

export interface ReceiptStatusesOptions {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: () => string;
  readonly sent: SentBook;
  readonly publish: (event: StatusEvent) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Turns receipts into status events. Resolves when they are on their queue; until then WhatsApp has no acknowledgement
 * and would tell them again (D8). Never rejects before `signal` aborts.
 */
export function makeReceiptStatuses(options: ReceiptStatusesOptions): (receipt: Receipt) => Promise<void> {
  const { identity, displayPhoneNumber, sent, publish, clock, logger, signal } = options;
  const persistence = { clock, signal, onFailure: (error: unknown) => logger.warn({ error }, 'status not queued') };

  const tell = async (receipt: Receipt, stanzaId: string): Promise<void> => {
    const message = await keepTrying(persistence, () => sent.find(stanzaId));
    const { kind: status, participant, person, atMs } = receipt;
    const who = message?.recipientType === 'group' ? person : undefined;
    if (!message || !sent.isNews(stanzaId, status, who)) return;
    const event = statusEventOf({
      identity,
      displayPhoneNumber: displayPhoneNumber(),
      message,
      status,
      atMs: atMs || clock.now(),
      ...(participant !== undefined && { participant }),
      ...(who !== undefined && { person: who }),
    });
    await keepTrying(persistence, () => publish(event));
    sent.told(stanzaId, status, who);
    logger.debug({ messageId: message.wamid, eventId: event.eventId, status }, 'status published');
  };

  return async (receipt) => {
    await Promise.all(receipt.stanzaIds.map((stanzaId) => tell(receipt, stanzaId)));
  };
}
