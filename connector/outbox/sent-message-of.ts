import { addressIdOf, type MessageHead } from '#core/contracts/outbound-command.ts';
import type { SentMessage } from '../messages/sent-book.ts';

/** What statuses say of a message. */
export function sentMessageOf(command: MessageHead): SentMessage {
  const { wamid, to, bizOpaqueCallbackData } = command;
  return {
    wamid,
    recipientId: addressIdOf(to),
    recipientType: to.type === 'group' ? 'group' : 'individual',
    ...(to.type === 'user' && { recipientUserId: to.userId }),
    ...(bizOpaqueCallbackData !== undefined && { bizOpaqueCallbackData }),
  };
}
