import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, EventIdSchema, SessionIdSchema, SessionUidSchema } from '../domain/ids.ts';
import { SessionStatusSchema } from '../domain/session-status.ts';
import { WamidSchema } from '../domain/wamid.ts';

/**
 * What the connector publishes and the deliver function renders as a webhook. One queue message is one event for one
 * endpoint (D9). Message kinds carry Meta's own inbound message object, since that is the standard shape.
 */
const Envelope = {
  version: z.literal(1),
  /** Deterministic; the `webhook-id`. */
  eventId: EventIdSchema,
  accountId: AccountIdSchema,
  sessionId: SessionIdSchema,
  sessionUid: SessionUidSchema,
  /** The session's own number, digits, E.164 without plus; empty before it was ever paired. */
  displayPhoneNumber: z.string(),
  /** When it happened, milliseconds since the epoch, from WhatsApp where WhatsApp says it; part of the delivery row's key. */
  occurredAtMs: z.number().int(),
};

/** Graph's error object as statuses and unsupported messages carry it. */
export const EventErrorSchema = z.object({
  code: z.number().int(),
  title: z.string(),
  message: z.string(),
  error_data: z.object({ details: z.string() }).optional(),
});
export type EventError = z.infer<typeof EventErrorSchema>;

/** Meta's `messages[]` entry less `id`, `from` and `timestamp`, which the envelope has. More kinds join here. */
export const InboundContentSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.object({ body: z.string() }) }),
  z.object({
    type: z.literal('unsupported'),
    errors: z.array(EventErrorSchema),
    unsupported: z.object({ type: z.string() }).optional(),
  }),
]);
export type InboundContent = z.infer<typeof InboundContentSchema>;

export const MessageEventSchema = z.object({
  ...Envelope,
  type: z.literal('message'),
  wamid: WamidSchema,
  /** Digits of the author's phone number; absent when only a LID is known. */
  from: z.string().optional(),
  /** The author's LID user part, Meta's `user_id`. */
  fromUserId: z.string().optional(),
  profileName: z.string().optional(),
  groupId: z.string().optional(),
  /** Wamid of the message that this one answers, with its author. */
  context: z.object({ id: WamidSchema, from: z.string().optional() }).optional(),
  content: InboundContentSchema,
});
export type MessageEvent = z.infer<typeof MessageEventSchema>;

export const MESSAGE_STATUSES = ['sent', 'delivered', 'read', 'played', 'failed'] as const;
export const MessageStatusSchema = z.enum(MESSAGE_STATUSES);
export type MessageStatus = z.infer<typeof MessageStatusSchema>;

export const StatusEventSchema = z.object({
  ...Envelope,
  type: z.literal('status'),
  wamid: WamidSchema,
  status: MessageStatusSchema,
  /** As the client wrote it first: digits of the phone number, or the group id. */
  recipientId: z.string(),
  recipientType: z.enum(['individual', 'group']),
  /** In groups: who read or received it, digits. */
  participant: z.string().optional(),
  bizOpaqueCallbackData: z.string().optional(),
  errors: z.array(EventErrorSchema).optional(),
});
export type StatusEvent = z.infer<typeof StatusEventSchema>;

export const SessionEventSchema = z.object({
  ...Envelope,
  type: z.literal('session'),
  status: SessionStatusSchema,
  /** One sentence that an owner of a number understands. */
  reason: z.string().optional(),
});
export type SessionEvent = z.infer<typeof SessionEventSchema>;

export const EventSchema = z.discriminatedUnion('type', [MessageEventSchema, StatusEventSchema, SessionEventSchema]);
export type Event = z.infer<typeof EventSchema>;

/** What an endpoint can subscribe to; one word per member of `Event`. */
export const EVENT_TYPES = ['messages', 'statuses', 'sessions'] as const;
export const EventTypeSchema = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof EventTypeSchema>;

/** The word an endpoint subscribes to for an event. */
export const eventTypeOf = (event: Event): EventType => {
  switch (event.type) {
    case 'message':
      return 'messages';
    case 'status':
      return 'statuses';
    case 'session':
      return 'sessions';
  }
};

/** One message on `events.fifo` (messages) or `bulk` (statuses and sessions): one event for one endpoint. */
export const EventDeliverySchema = z.object({ endpointId: EndpointIdSchema, event: EventSchema });
export type EventDelivery = z.infer<typeof EventDeliverySchema>;
