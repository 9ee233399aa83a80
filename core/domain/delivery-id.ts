import * as z from 'zod';
import { type EndpointId, EndpointIdSchema, type EventId, EventIdSchema } from './ids.ts';

/** Public name of a delivery: `dl_` and what its row's key is made of, so that no index is needed to find it. */
export const DeliveryIdSchema = z
  .string()
  .regex(/^dl_[\w-]{46}$/, 'a delivery id is dl_ and 46 characters')
  .brand<'DeliveryId'>()
  .meta({ example: 'dl_ASNFZ4mrze8BI0VnAZ2x8BYAASNFZ4mrze8BI0VniavN7w' });
export type DeliveryId = z.infer<typeof DeliveryIdSchema>;

export interface DeliveryIdParts {
  readonly endpointId: EndpointId;
  readonly eventId: EventId;
  /** Milliseconds since the epoch, when the event happened. */
  readonly occurredAtMs: number;
}

const ENDPOINT_BYTES = 12;
/** 48 bits of milliseconds last until the year 10889. */
const TIME_BYTES = 6;

export function formatDeliveryId({ endpointId, eventId, occurredAtMs }: DeliveryIdParts): DeliveryId {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeUIntBE(occurredAtMs, 0, TIME_BYTES);
  const bytes = Buffer.concat([Buffer.from(endpointId.slice('wh_'.length), 'hex'), time, Buffer.from(eventId, 'hex')]);
  return DeliveryIdSchema.parse(`dl_${bytes.toString('base64url')}`);
}

/** @returns undefined for what is no delivery's id */
export function parseDeliveryId(id: string): DeliveryIdParts | undefined {
  if (!DeliveryIdSchema.safeParse(id).success) return undefined;
  const bytes = Buffer.from(id.slice('dl_'.length), 'base64url');
  const eventAt = ENDPOINT_BYTES + TIME_BYTES;
  return {
    endpointId: EndpointIdSchema.parse(`wh_${bytes.toString('hex', 0, ENDPOINT_BYTES)}`),
    occurredAtMs: bytes.readUIntBE(ENDPOINT_BYTES, TIME_BYTES),
    eventId: EventIdSchema.parse(bytes.toString('hex', eventAt)),
  };
}
