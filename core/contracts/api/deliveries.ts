import * as z from 'zod';
import { DeliveryIdSchema } from '../../domain/delivery-id.ts';
import { EndpointIdSchema, SessionIdSchema } from '../../domain/ids.ts';
import { WamidSchema } from '../../domain/wamid.ts';
import { EVENT_TYPES, EventTypeSchema } from '../event.ts';
import { DEAD_REASONS, DELIVERY_STATUSES } from '../rows/delivery-row.ts';
import { PageQuery, PagingSchema } from './paging.ts';
import { TimeSchema } from './sessions.ts';

/** ISO 8601 with an offset or Z, or seconds since the epoch, as Graph takes both. */
export const MomentSchema = z
  .union(
    [
      z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
      z
        .string()
        .regex(/^\d{1,10}$/)
        .transform((text) => Number(text) * 1000),
      z
        .number()
        .int()
        .min(0)
        .max(9_999_999_999)
        .transform((seconds) => seconds * 1000),
    ],
    'must be a time in ISO 8601, for example 2026-11-20T12:00:00Z, or seconds since the epoch',
  )
  .meta({ description: 'ISO 8601, or seconds since the epoch', example: '2026-11-20T12:00:00Z' });

/** Words of a list, comma-separated in one parameter. */
const someOf = <const W extends string>(words: readonly W[]) =>
  z
    .string()
    .transform((text, context): W[] => {
      const asked = text.split(',').map((word) => word.trim());
      const known = words.filter((word) => asked.includes(word));
      if (asked.every((word) => words.some((one) => one === word))) return known;
      context.addIssue({ code: 'custom', message: `must be one or several of ${words.join(', ')}, comma-separated` });
      return z.NEVER;
    })
    .meta({ description: `One or several of ${words.join(', ')}, comma-separated` });

/** Query of `GET /deliveries`. */
export const DeliveriesQuerySchema = z.object({
  webhook: EndpointIdSchema.optional(),
  endpoint: EndpointIdSchema.optional().meta({ description: 'The same as webhook' }),
  session: SessionIdSchema.optional(),
  message: WamidSchema.optional(),
  status: someOf(DELIVERY_STATUSES).optional(),
  type: someOf(EVENT_TYPES).optional(),
  since: MomentSchema.optional(),
  until: MomentSchema.optional(),
  ...PageQuery,
});
export type DeliveriesQuery = z.infer<typeof DeliveriesQuerySchema>;

/** One event for one webhook. */
export const DeliverySchema = z
  .object({
    id: DeliveryIdSchema,
    webhook: z.string(),
    event_id: z.string().meta({ description: 'The webhook-id that the receiver sees' }),
    event_type: EventTypeSchema.nullable(),
    session: z.string().nullable(),
    message: z.string().nullable().meta({ description: 'The message that the event is about' }),
    status: z.enum(DELIVERY_STATUSES).meta({
      description:
        'failed and retrying: it will be tried again by itself; parked: it waits for its receiver; dead: nobody tries it any more; dropped: its webhook was gone, disabled or did not want it',
    }),
    attempts: z.number().int(),
    http_status: z.number().int().nullable().meta({ description: 'Of the last answer' }),
    error: z.string().nullable(),
    dead_reason: z.enum(DEAD_REASONS).nullable().meta({ description: 'Why nobody tries any more' }),
    occurred_at: TimeSchema.meta({ description: 'When the event happened' }),
    updated_at: TimeSchema,
    next_attempt_at: TimeSchema.nullable(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryResource = z.infer<typeof DeliverySchema>;

export const DeliveryDetailSchema = DeliverySchema.extend({
  history: z
    .array(
      z.object({
        at: TimeSchema,
        duration_ms: z.number().int(),
        http_status: z.number().int().nullable(),
        error: z.string().nullable(),
        remote_ip: z.string().nullable(),
        response: z.string().nullable().meta({ description: 'Beginning of the answer, at most 1 KiB' }),
      }),
    )
    .meta({ description: 'The latest attempts, oldest first' }),
  body: z
    .looseObject({})
    .nullable()
    .meta({ description: 'What the receiver was sent, or would be now; null if it is too old to be known' }),
}).meta({ id: 'DeliveryDetail' });
export type DeliveryDetail = z.infer<typeof DeliveryDetailSchema>;

export const DeliveryListSchema = z
  .object({ data: z.array(DeliverySchema), paging: PagingSchema })
  .meta({ id: 'DeliveryList' });
