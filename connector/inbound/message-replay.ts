import type { EchoEvent, MessageEvent } from '#core/contracts/event.ts';
import type { MessagesReplayCommand } from '#core/contracts/outbound-command.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import { Lanes } from '../lanes.ts';
import type { MessageTable } from '../messages/message-table.ts';
import { type EventOfRow, tell } from './event-of-row.ts';
import { isTold } from './message-event.ts';

export interface MessageReplayOptions {
  readonly table: MessageTable;
  readonly eventOfRow: EventOfRow;
  /** Queues it for the one endpoint. */
  readonly publish: (event: MessageEvent | EchoEvent) => Promise<void>;
  readonly persistence: Persistence;
  /** Ends it early, between two messages. */
  readonly stop: AbortSignal;
}

/** Messages on their way to the queue at a time. */
const UNDER_WAY = 50;

/**
 * Publishes the messages that WhatsApp took in [`fromMs`, `toMs`) once more, in order of arrival, out of their rows.
 * @returns how many were queued
 */
export async function replayMessages(command: MessagesReplayCommand, options: MessageReplayOptions): Promise<number> {
  const { table, eventOfRow, publish, persistence, stop } = options;
  const { sessionUid, fromMs, toMs } = command;
  const keys = await keepTrying(persistence, () => table.inboundBetween(sessionUid, fromMs, toMs));
  const lanes = new Lanes();
  let queued = 0;
  for (const key of keys) {
    if (stop.aborted) break;
    const row = await keepTrying(persistence, () => table.inbound(sessionUid, key));
    const told = row && isTold(row) ? await eventOfRow(row) : undefined;
    if (!row || !told) continue;
    queued += 1;
    const sent = lanes.add(row.chat, () => tell(told.event, publish, persistence));
    if (lanes.size > UNDER_WAY) await sent;
    else sent.catch(() => undefined);
  }
  await lanes.settled();
  persistence.signal?.throwIfAborted();
  return queued;
}
