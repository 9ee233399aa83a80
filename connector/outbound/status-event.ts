import type { EventError, MessageStatus, StatusEvent } from '#core/contracts/event.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';
import type { SentMessage } from '../messages/sent-book.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';

/** The event of one status of one message. The same status told twice has the same id. */
export function statusEventOf(options: {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: string;
  readonly message: SentMessage;
  readonly status: MessageStatus;
  readonly atMs: number;
  readonly participant?: string;
  /** In groups: jid of who it was; a phone number may not be known. */
  readonly person?: string;
  readonly error?: EventError;
}): StatusEvent {
  const { identity, displayPhoneNumber, message, status, atMs, participant, person, error } = options;
  return {
    version: 1,
    type: 'status',
    eventId: eventIdOf(identity.sessionUid, 'status', message.wamid, status, person ?? ''),
    ...identity,
    displayPhoneNumber,
    occurredAtMs: atMs,
    wamid: message.wamid,
    status,
    recipientId: message.recipientId,
    recipientType: message.recipientType,
    ...(message.recipientUserId !== undefined && { recipientUserId: message.recipientUserId }),
    ...(participant !== undefined && { participant: canonicalNumber(participant) }),
    ...(message.bizOpaqueCallbackData !== undefined && { bizOpaqueCallbackData: message.bizOpaqueCallbackData }),
    ...(error && { errors: [error] }),
  };
}
