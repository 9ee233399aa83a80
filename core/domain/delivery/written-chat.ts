import type { EchoEvent, Event, MessageEvent } from '../../contracts/event.ts';
import { chatHashOf } from '../shard.ts';

/** What people write in a chat, on either side, has an order. */
export const isWritten = (event: Event): event is MessageEvent | EchoEvent =>
  event.type === 'message' || event.type === 'echo';

/**
 * Name of the chat that somebody wrote in, for message groups and backlogs. The LID comes first because every message of a person has it
 * once it is known.
 */
export function writtenChatOf(event: MessageEvent | EchoEvent): string {
  const person = event.type === 'message' ? (event.fromUserId ?? event.from) : (event.toUserId ?? event.to);
  return chatHashOf(`${event.sessionUid}#${event.groupId ?? person ?? ''}`);
}
