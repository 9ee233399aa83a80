import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { EventPublisher } from '#core/adapters/event-publisher.ts';
import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { eventErrorOf } from '#core/domain/graph-error.ts';

/**
 * Tells the sender of a message that it will not be sent: a `failed` status with 131000.
 * @param diedAtMs when the command came to the dead-letter queue, milliseconds; the same each time the command is looked at
 * @returns false if the session is gone, and with it everybody who could want to know
 */
export async function failMessage(
  { sessions, publisher }: { sessions: Pick<SessionRepository, 'get'>; publisher: Pick<EventPublisher, 'publish'> },
  command: SendMessageCommand,
  diedAtMs: number,
): Promise<boolean> {
  const { accountId, sessionId, sessionUid, wamid, to, bizOpaqueCallbackData } = command;
  const session = await sessions.get(sessionId);
  if (session?.sessionUid !== sessionUid) return false;
  await publisher.publish({
    version: 1,
    type: 'status',
    eventId: eventIdOf(sessionUid, 'status', wamid, 'failed', ''),
    accountId,
    sessionId,
    sessionUid,
    displayPhoneNumber: session.phoneNumber ?? '',
    occurredAtMs: diedAtMs,
    wamid,
    status: 'failed',
    recipientId: to.type === 'group' ? to.groupId : to.phone,
    recipientType: to.type,
    errors: [eventErrorOf(131000, 'The message could not be sent: too many attempts failed on our side.')],
    ...(bizOpaqueCallbackData === undefined ? {} : { bizOpaqueCallbackData }),
  });
  return true;
}
