import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { EventPublisher } from '#core/adapters/event-publisher.ts';
import { addressIdOf, type MessageHead } from '#core/contracts/outbound-command.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { eventErrorOf } from '#core/domain/graph-error.ts';

/**
 * Tells the sender of a message that it will not be sent: a `failed` status with 131000, or 133010 if the session is gone.
 * @param diedAtMs when the command came to the dead-letter queue, milliseconds; the same each time the command is looked at
 */
export async function failMessage(
  { sessions, publisher }: { sessions: Pick<SessionRepository, 'get'>; publisher: Pick<EventPublisher, 'publish'> },
  command: MessageHead,
  diedAtMs: number,
): Promise<void> {
  const { accountId, sessionId, sessionUid, wamid, to, bizOpaqueCallbackData } = command;
  const session = await sessions.get(sessionId);
  const lives = session?.sessionUid === sessionUid;
  await publisher.publish({
    version: 1,
    type: 'status',
    eventId: eventIdOf(sessionUid, 'status', wamid, 'failed', ''),
    accountId,
    sessionId,
    sessionUid,
    displayPhoneNumber: (lives && session.phoneNumber) || '',
    occurredAtMs: diedAtMs,
    wamid,
    status: 'failed',
    recipientId: addressIdOf(to),
    recipientType: to.type === 'group' ? 'group' : 'individual',
    ...(to.type === 'user' && { recipientUserId: to.userId }),
    errors: [lives ? TOO_MANY_ATTEMPTS : SESSION_GONE],
    ...(bizOpaqueCallbackData === undefined ? {} : { bizOpaqueCallbackData }),
  });
}

const TOO_MANY_ATTEMPTS = eventErrorOf(
  131000,
  'The message could not be sent: too many attempts failed on our side. It may still have been delivered.',
);
const SESSION_GONE = eventErrorOf(133010, 'The session was deleted before it had sent the message.');
