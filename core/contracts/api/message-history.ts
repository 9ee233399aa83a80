import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';
import { PageQuery, PagingSchema } from './paging.ts';

/** Meta's words for what became of a message. */
const MessageHistoryStatusSchema = z.enum(['SENT', 'DELIVERED', 'READ', 'FAILED', 'DELETED']);
export type MessageHistoryStatus = z.infer<typeof MessageHistoryStatusSchema>;

/** Meta's words for what became of its webhook. */
const WebhookUpdateStateSchema = z.enum(['PENDING', 'DELIVERED', 'FAILED', 'RETRYING']);
export type WebhookUpdateState = z.infer<typeof WebhookUpdateStateSchema>;

/** Query of `GET /{phone_number_id}/message_history`. */
export const MessageHistoryQuerySchema = z.object({
  message_id: WamidSchema.optional(),
  fields: z
    .string()
    .optional()
    .meta({ description: 'id and message_id if left out', example: 'id,message_id,events{delivery_status,timestamp}' }),
  ...PageQuery,
});

/** Query of `GET /{message_history_id}/events`. */
export const MessageEventsQuerySchema = z.object({
  status_filter: MessageHistoryStatusSchema.optional(),
  fields: z.string().optional(),
  ...PageQuery,
});

const seconds = z.number().int().meta({ description: 'Seconds since the epoch', example: 1_640_995_200 });

const HistoryEventSchema = z.object({
  id: z.string().meta({ description: 'Id of the delivery: GET /deliveries/{id} tells more' }),
  delivery_status: MessageHistoryStatusSchema.optional(),
  webhook_update_state: WebhookUpdateStateSchema.optional(),
  timestamp: seconds.optional(),
  application: z.object({ id: z.string().meta({ description: 'The webhook' }) }).optional(),
  webhook_uri: z.string().optional(),
  error_description: z.string().optional(),
});
export type HistoryEvent = z.infer<typeof HistoryEventSchema>;

export const MessageHistorySchema = z
  .object({
    data: z.array(
      z.object({
        id: z.string().meta({ description: 'For GET /{id}/events' }),
        message_id: WamidSchema.optional(),
        events: z.object({ data: z.array(HistoryEventSchema) }).optional(),
      }),
    ),
    paging: PagingSchema,
  })
  .meta({ id: 'MessageHistory' });

export const MessageEventsSchema = z
  .object({
    data: z.array(
      z.object({
        cursor: z.string(),
        node: z.object({
          id: z.string(),
          delivery_status: MessageHistoryStatusSchema,
          error_description: z.string().optional(),
          occurrence_timestamp: seconds,
          status_timestamp: seconds.optional(),
          application: z.object({ id: z.string(), name: z.string().optional() }).optional(),
        }),
      }),
    ),
    paging: PagingSchema,
  })
  .meta({ id: 'MessageEvents' });
