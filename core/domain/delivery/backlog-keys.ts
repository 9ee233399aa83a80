import type { Event } from '../../contracts/event.ts';
import type { EndpointRow } from '../../contracts/rows/endpoint-row.ts';
import type { EndpointId, EventId } from '../ids.ts';
import { chatHashOf } from '../shard.ts';
import { isWritten, writtenChatOf } from './written-chat.ts';

/** Partitions of one endpoint's backlog: DynamoDB takes 1,000 writes a second in each, and each is drained by itself. */
export const LANES = 8;
/** SQS's sequence numbers have up to 128 bits: 39 decimal digits. */
const ORDER_DIGITS = 39;
/** Sorts behind every chat, which are hex digits. */
const NO_CHAT = '~';
/** Sorts before every chat. */
const BLOCK = '!';

/** Where a delivery waits. */
export interface BacklogPlace {
  /** Hash of the chat whose order is kept; absent where events may pass each other. */
  readonly chat?: string | undefined;
  readonly lane: string;
}

/** What an event belongs to whose order a `strict` endpoint keeps; for messages exactly the FIFO queue's group. */
function chatOf(event: Event): string | undefined {
  switch (event.type) {
    case 'message':
    case 'echo':
      return writtenChatOf(event);
    case 'call':
      return chatHashOf(`${event.sessionUid}#call#${event.callId}`);
    case 'status':
      return chatHashOf(`${event.sessionUid}#to#${event.recipientId}`);
    case 'session':
      return chatHashOf(`${event.sessionUid}#session`);
    case 'queue':
      return undefined;
  }
}

/** Absent: `strict` for messages and echoes, `overtake` for all else (webhooks.md 3.3). */
export const orderingOf = ({ ordering }: Pick<EndpointRow, 'ordering'>, event: Event): 'strict' | 'overtake' =>
  ordering ?? (isWritten(event) ? 'strict' : 'overtake');

export function placeOf(endpoint: Pick<EndpointRow, 'endpointId' | 'ordering'>, event: Event): BacklogPlace {
  const chat = orderingOf(endpoint, event) === 'strict' ? chatOf(event) : undefined;
  return { chat, lane: laneOf(endpoint.endpointId, chat ?? event.eventId) };
}

/** @param hex at least 8 hex digits that decide */
const laneOf = (endpointId: EndpointId, hex: string): string =>
  `${endpointId}#${Number.parseInt(hex.slice(0, 8), 16) % LANES}`;

export const lanesOf = (endpointId: EndpointId): readonly string[] =>
  Array.from({ length: LANES }, (_, index) => `${endpointId}#${index}`);

/** @param order decimal digits that grow within the chat: SQS's sequence number, or the time of sending */
export const positionOf = ({ chat }: BacklogPlace, order: string, eventId: EventId): string =>
  `${chat ?? NO_CHAT}#${order.padStart(ORDER_DIGITS, '0')}#${eventId}`;

export const blockPositionOf = (chat: string): string => `${BLOCK}${chat}`;
/** All rows of a lane have a position behind this one, all blocks one before it. */
export const BEFORE_ROWS = `${BLOCK}${NO_CHAT}`;
/** @returns undefined for a row that belongs to no chat */
export function chatAt(position: string): string | undefined {
  const [chat = NO_CHAT] = position.split('#');
  return chat === NO_CHAT ? undefined : chat;
}
