import * as z from 'zod';
import { type EndpointId, EndpointIdSchema, type EventId, EventIdSchema } from './ids.ts';
import { DELIVERY_COUNTS, type DeliveryCount, type DeliveryTrouble } from './monitoring.ts';

/** The last delivery that counted as an error of one kind. */
export interface LastTrouble extends DeliveryTrouble {
  readonly eventId: EventId;
}

/** One endpoint's deliveries of one kind. */
export interface DeliveryCounter {
  readonly endpointId: EndpointId;
  readonly what: DeliveryCount;
  count: number;
  last?: LastTrouble;
}

/** Counters by endpoint and kind. */
export type DeliveryCounters = Map<string, DeliveryCounter>;

/** Attribute of a counter in a row of counts, and its key in `DeliveryCounters`. */
export const counterKeyOf = ({ endpointId, what }: Pick<DeliveryCounter, 'endpointId' | 'what'>): string =>
  `${endpointId}#${what}`;
/** Attribute of its last trouble. */
export const troubleKeyOf = (counter: Pick<DeliveryCounter, 'endpointId' | 'what'>): string =>
  `last#${counterKeyOf(counter)}`;

const TroubleSchema = z.object({
  eventId: EventIdSchema,
  httpStatus: z.number().optional(),
  error: z.string().optional(),
});
const KindSchema = z.enum(DELIVERY_COUNTS);

/** Reads the counters of a row; attributes that a later release added are passed over. */
export function countersOf(item: Readonly<Record<string, unknown>>): readonly DeliveryCounter[] {
  return Object.entries(item).flatMap(([name, value]) => {
    const [id, kind] = name.split('#');
    const endpointId = EndpointIdSchema.safeParse(id);
    const what = KindSchema.safeParse(kind);
    if (!endpointId.success || !what.success || typeof value !== 'number') return [];
    const counter: DeliveryCounter = { endpointId: endpointId.data, what: what.data, count: value };
    const last = TroubleSchema.safeParse(item[troubleKeyOf(counter)]);
    return [last.success ? { ...counter, last: last.data } : counter];
  });
}
