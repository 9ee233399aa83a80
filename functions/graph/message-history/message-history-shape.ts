import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import type { HistoryEvent, MessageHistoryStatus, WebhookUpdateState } from '#core/contracts/api/message-history.ts';
import type { StatusEvent } from '#core/contracts/event.ts';
import type { DeliveryRow, DeliveryStatus } from '#core/contracts/rows/delivery-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { formatDeliveryId } from '#core/domain/delivery-id.ts';
import { msOf } from '#core/domain/delivery-position.ts';
import { formatHistoryId } from '#core/domain/history-id.ts';
import type { EndpointId } from '#core/domain/ids.ts';
import type { Page, Place } from '../../shared/newest-first.ts';
import { formatCursor } from '../../shared/paging.ts';

/** Meta has no word for a voice message that was played. */
const WORDS = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'READ',
  played: 'READ',
  failed: 'FAILED',
} as const satisfies Record<StatusEvent['status'], MessageHistoryStatus>;

const STATES = {
  delivered: 'DELIVERED',
  failed: 'RETRYING',
  retrying: 'RETRYING',
  parked: 'PENDING',
  dead: 'FAILED',
  dropped: 'FAILED',
} as const satisfies Record<DeliveryStatus, WebhookUpdateState>;

const seconds = (ms: number): number => Math.floor(ms / 1000);
type Webhooks = ReadonlyMap<EndpointId, EndpointRow>;

/** Which fields a client asked for, in Graph's notation. */
export interface Fields {
  readonly messageId: boolean;
  /** Names inside `events{…}`; empty: all of them; undefined: no events. */
  readonly events: readonly string[] | undefined;
}

/** @param fields such as `id,message_id,events{delivery_status,timestamp}` */
export function fieldsOf(fields: string | undefined): Fields {
  if (fields === undefined) return { messageId: true, events: undefined };
  const events = /(?<![\w])events(?:\.\w+\([^)]*\))*(?:\{(?<inner>[^}]*)\})?/.exec(fields);
  const inner = events?.groups?.['inner'] ?? '';
  return {
    messageId: /(?<![\w])message_id(?!\w)/.test(fields.replace(/\{[^}]*\}/g, '')),
    events: events ? (inner.match(/\w+/g) ?? []) : undefined,
  };
}

/** Puts the rows of a page together by message, in the order in which messages are met. Those beyond the limit are left for the next page. */
export function byMessage(
  { rows, next }: Page,
  limit: number,
): { readonly messages: readonly (readonly [DeliveryRow, ...DeliveryRow[]])[]; readonly next: Place | undefined } {
  const messages = new Map<string, [DeliveryRow, ...DeliveryRow[]]>();
  let last: DeliveryRow | undefined;
  for (const row of rows) {
    const known = messages.get(row.wamid ?? '');
    if (!known && messages.size === limit && last) {
      return { messages: [...messages.values()], next: { position: last.occurred, endpointId: last.endpointId } };
    }
    last = row;
    if (known) known.push(row);
    else if (row.wamid !== undefined) messages.set(row.wamid, [row]);
  }
  return { messages: [...messages.values()], next };
}

/** @param rows what was told of one message, newest first */
export function historyEntry(
  rows: readonly [DeliveryRow, ...DeliveryRow[]],
  fields: Fields,
  webhooks: Webhooks,
): object {
  const [{ wamid, occurred }] = rows;
  if (wamid === undefined) return {};
  return {
    id: formatHistoryId(wamid, msOf(occurred)),
    ...(fields.messageId ? { message_id: wamid } : {}),
    ...(fields.events
      ? { events: { data: rows.flatMap((row) => historyEvent(row, fields.events, webhooks) ?? []) } }
      : {}),
  };
}

export function statusEventOf(row: DeliveryRow): StatusEvent | undefined {
  const event = row.event && readStoredEvent(row.event);
  return event?.type === 'status' ? event : undefined;
}

export const wordOf = (event: StatusEvent | undefined): MessageHistoryStatus | undefined =>
  event && WORDS[event.status];

function historyEvent(row: DeliveryRow, fields: readonly string[] = [], webhooks: Webhooks): HistoryEvent | undefined {
  const status = wordOf(statusEventOf(row));
  if (!status) return undefined;
  const all: HistoryEvent = {
    id: idOf(row),
    delivery_status: status,
    webhook_update_state: STATES[row.status],
    timestamp: seconds(msOf(row.occurred)),
    application: { id: row.endpointId },
    webhook_uri: webhooks.get(row.endpointId)?.url,
    error_description: row.error,
  };
  if (fields.length === 0) return all;
  const asked = Object.entries(all).filter(([name]) => name === 'id' || fields.includes(name));
  return Object.fromEntries(asked) as HistoryEvent;
}

/** One event of one message with the cursor behind it. @returns undefined for a row that does not say what happened */
export function eventEdge(
  row: DeliveryRow,
  list: { readonly sinceMs: number; readonly webhooks: Webhooks },
): object | undefined {
  const event = statusEventOf(row);
  if (!event) return undefined;
  const [error] = event.errors ?? [];
  const place = { position: row.occurred, endpointId: row.endpointId };
  return {
    cursor: formatCursor({ place, sinceMs: list.sinceMs }),
    node: {
      id: idOf(row),
      delivery_status: WORDS[event.status],
      error_description: error && (error.error_data?.details ?? error.title),
      occurrence_timestamp: seconds(event.occurredAtMs),
      status_timestamp: seconds(row.updatedAtMs),
      application: { id: row.endpointId, name: list.webhooks.get(row.endpointId)?.name },
    },
  };
}

const idOf = (row: DeliveryRow): string =>
  formatDeliveryId({ endpointId: row.endpointId, eventId: row.eventId, occurredAtMs: msOf(row.occurred) });
