import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Event, EventSchema } from '../../contracts/event.ts';

/** An event as a delivery row keeps it: its JSON, deflated (raw), so that a text's row stays below DynamoDB's unit of 1 KB. */
export const storeEvent = (event: Event): Uint8Array => deflateRawSync(JSON.stringify(event));

/** @returns undefined for what is no event that this release can read */
export function readStoredEvent(stored: Uint8Array): Event | undefined {
  try {
    return EventSchema.parse(JSON.parse(inflateRawSync(stored).toString('utf8')));
  } catch {
    return undefined;
  }
}
