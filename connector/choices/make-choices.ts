import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import type { Persistence } from '../keep-trying.ts';
import type { OutboundRow } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { WhatsApp } from '../whatsapp/whatsapp-port.ts';
import { withAnswers } from './answers.ts';
import { Offers } from './offers.ts';

export interface ChoicesOptions {
  readonly sessionUid: SessionUid;
  readonly messages: MessageTable;
  readonly whatsapp: Pick<WhatsApp, 'readMessage'>;
  /** Own number, digits. */
  readonly ownNumber: () => string;
  readonly persistence: Persistence;
  readonly clock: Clock;
}

/** What one session offers to choose from, and the reading of what people choose. */
export function makeChoices({ sessionUid, messages: table, whatsapp, ownNumber, persistence, clock }: ChoicesOptions) {
  const offers = new Offers({ sessionUid, table, clock });
  const read = whatsapp.readMessage.bind(whatsapp);
  return {
    readMessage: withAnswers(read, { sessionUid, offers, table, ownNumber, persistence }),
    /** A message was sent. */
    async sent({ choices, chat, stanzaId, acceptedAtMs }: OutboundRow): Promise<void> {
      const phone = /^(\d+)@s\.whatsapp\.net$/.exec(chat)?.[1];
      if (choices && phone !== undefined) await offers.add({ phone, stanzaId, atMs: acceptedAtMs });
    },
  };
}
