import type { StatusEvent } from '#core/contracts/event.ts';
import type { Clock } from '#core/domain/clock.ts';
import { mayBeOurs } from '#core/domain/ids.ts';
import { keepTrying } from '../keep-trying.ts';
import type { MessageTable, SingleReceipt } from '../messages/message-table.ts';
import { RANKS, type SentBook, type SentMessage } from '../messages/sent-book.ts';
import type { Logger } from '../observability/logger.ts';
import { statusEventOf } from '../outbound/status-event.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { Receipt } from '../whatsapp/whatsapp-port.ts';

export interface ReceiptStatusesOptions {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: () => string;
  readonly sent: SentBook;
  readonly messages: Pick<MessageTable, 'putEarly' | 'listEarly'>;
  readonly publish: (event: StatusEvent) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface ReceiptStatuses {
  /**
   * Tells what a receipt says. Resolves when it is on its queue, or durable for a message that is not known yet; until then
   * WhatsApp has no acknowledgement and would tell it again (D8). Never rejects before `signal` aborts.
   */
  tell(receipt: Receipt): Promise<void>;
  /**
   * Tells what came before the row of its message: a process died between the message and the row, and the receipt reached
   * the next one before that had sent the message again. WhatsApp tells a receipt once.
   */
  tellEarly(stanzaId: string): Promise<void>;
}

/** Turns receipts into status events. */
export function makeReceiptStatuses(options: ReceiptStatusesOptions): ReceiptStatuses {
  const { identity, displayPhoneNumber, sent, messages, publish, clock, logger, signal } = options;
  const { sessionUid } = identity;
  const persistence = { clock, signal, onFailure: (error: unknown) => logger.warn({ error }, 'status not queued') };
  const insist = <T>(work: () => Promise<T>): Promise<T> => keepTrying(persistence, work);

  const publishOne = async (message: SentMessage, stanzaId: string, receipt: SingleReceipt): Promise<void> => {
    const { kind: status, participant, person, atMs } = receipt;
    const who = message.recipientType === 'group' ? person : undefined;
    if (!sent.isNews(stanzaId, status, who)) return;
    const event = statusEventOf({
      identity,
      displayPhoneNumber: displayPhoneNumber(),
      message,
      status,
      atMs: atMs || clock.now(),
      ...(participant !== undefined && { participant }),
      ...(who !== undefined && { person: who }),
    });
    await insist(() => publish(event));
    sent.told(stanzaId, status, who);
    logger.debug({ messageId: message.wamid, eventId: event.eventId, status }, 'status published');
  };

  const tellOne = async (stanzaId: string, receipt: SingleReceipt): Promise<void> => {
    let message = await insist(() => sent.find(stanzaId));
    if (!message && mayBeOurs(stanzaId)) {
      await insist(() => messages.putEarly(sessionUid, stanzaId, receipt));
      // Whoever sent it meanwhile has perhaps looked for early receipts already.
      message = await insist(() => sent.find(stanzaId));
    }
    if (message) await publishOne(message, stanzaId, receipt);
  };

  return {
    async tell({ stanzaIds, ...receipt }) {
      await Promise.all(stanzaIds.map((stanzaId) => tellOne(stanzaId, receipt)));
    },
    async tellEarly(stanzaId) {
      const message = await insist(() => sent.find(stanzaId));
      const early = await insist(() => messages.listEarly(sessionUid, stanzaId));
      if (!message) return;
      for (const receipt of early.toSorted((a, b) => RANKS[a.kind] - RANKS[b.kind]))
        await publishOne(message, stanzaId, receipt);
    },
  };
}
