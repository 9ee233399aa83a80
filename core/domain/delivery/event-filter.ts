import { type Event, eventTypeOf } from '../../contracts/event.ts';
import type { EndpointRow } from '../../contracts/rows/endpoint-row.ts';

/** Whether an endpoint wants an event. Sessions and queues have neither a direction nor a chat: these filters let them pass. */
export function wants(endpoint: EndpointRow, event: Event): boolean {
  const { chats, direction, events, session } = endpoint;
  if (!events.includes(eventTypeOf(event))) return false;
  if (session && event.type !== 'queue' && session.sessionUid !== event.sessionUid) return false;
  const about = aboutOf(event);
  return !about || ((direction ?? about.direction) === about.direction && (chats ?? about.chats) === about.chats);
}

function aboutOf(event: Event): Required<Pick<EndpointRow, 'direction' | 'chats'>> | undefined {
  switch (event.type) {
    case 'message':
    case 'call':
      return { direction: 'inbound', chats: event.groupId === undefined ? 'individual' : 'group' };
    case 'echo':
      return { direction: 'outbound', chats: event.groupId === undefined ? 'individual' : 'group' };
    case 'status':
      return { direction: 'outbound', chats: event.recipientType };
    case 'session':
    case 'queue':
      return undefined;
  }
}
