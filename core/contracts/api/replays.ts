import * as z from 'zod';
import { DeliveryIdSchema } from '../../domain/delivery-id.ts';
import { EndpointIdSchema, EventIdSchema, SessionIdSchema } from '../../domain/ids.ts';
import { WamidSchema } from '../../domain/wamid.ts';
import { EventTypeSchema } from '../event.ts';
import { DELIVERY_STATUSES } from '../rows/delivery-row.ts';
import { REPLAY_SOURCES, REPLAY_STATUSES } from '../rows/replay-job-row.ts';
import { MomentSchema } from './deliveries.ts';
import { PagingSchema } from './paging.ts';
import { TimeSchema } from './sessions.ts';

/** Most ids that one replay may name; more are a filter by time. */
const MOST_IDS = 100;

const ids = <S extends z.ZodType>(schema: S) => z.array(schema).min(1).max(MOST_IDS).nullish();

/** Body of `POST /replays`. All members have to hold. */
export const CreateReplayRequestSchema = z
  .object({
    webhook: EndpointIdSchema.nullish().meta({ description: 'All webhooks of the account if left out' }),
    webhooks: ids(EndpointIdSchema),
    deliveries: ids(DeliveryIdSchema).meta({ description: 'These and no others; goes with no other filter' }),
    messages: ids(WamidSchema).meta({ description: 'Events about these messages' }),
    events: ids(EventIdSchema).meta({ description: 'By webhook-id' }),
    session: SessionIdSchema.nullish(),
    types: ids(EventTypeSchema),
    statuses: ids(z.enum(DELIVERY_STATUSES)).meta({
      description:
        'delivered, dead and dropped if left out: those that nobody tries any more. ["dead"] is the redrive of the dead letters',
    }),
    since: MomentSchema.nullish().meta({
      description:
        'When the events happened; 24 hours ago if left out, 30 days ago where ids are given or only the dead are meant',
    }),
    until: MomentSchema.nullish().meta({ description: 'Not included; now if left out' }),
    source: z.enum(REPLAY_SOURCES).nullish().meta({
      description:
        'deliveries: what was sent before, or should have been. messages: every received message of the time out of the message store, also what no webhook was there for; needs webhook',
    }),
  })
  .meta({ id: 'CreateReplayRequest' });
export type CreateReplayRequest = z.infer<typeof CreateReplayRequestSchema>;

export const ReplaySchema = z
  .object({
    id: z.string().meta({ example: 'job_0123456789abcdef' }),
    status: z.enum(REPLAY_STATUSES),
    source: z.enum(REPLAY_SOURCES),
    webhooks: z.array(z.string()),
    since: TimeSchema,
    until: TimeSchema,
    looked: z.number().int().meta({ description: 'Deliveries that were looked at, or sessions that were asked' }),
    queued: z.number().int().meta({ description: 'Deliveries that were sent on their way again' }),
    skipped: z.number().int().meta({ description: 'Meant, but too old to have their event' }),
    error: z.string().nullable(),
    created_at: TimeSchema,
    updated_at: TimeSchema,
  })
  .meta({ id: 'Replay' });
export type ReplayResource = z.infer<typeof ReplaySchema>;

export const ReplayListSchema = z
  .object({ data: z.array(ReplaySchema), paging: PagingSchema })
  .meta({ id: 'ReplayList' });
