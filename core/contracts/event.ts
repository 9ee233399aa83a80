import * as z from 'zod';
import {
  AccountIdSchema,
  EndpointIdSchema,
  EventIdSchema,
  JobIdSchema,
  SessionIdSchema,
  SessionUidSchema,
} from '../domain/ids.ts';
import { SessionStatusSchema } from '../domain/session-status.ts';
import { WamidSchema } from '../domain/wamid.ts';
import { InboundContentSchema } from './inbound/content.ts';
import { ReferralSchema, ReferredProductSchema } from './inbound/referral.ts';
import { EventErrorSchema } from './inbound/unsupported.ts';

export type { InboundContent } from './inbound/content.ts';
export type { EventError } from './inbound/unsupported.ts';

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

/** What a message says and what goes with it, whoever wrote it. */
const Written = {
  wamid: WamidSchema,
  /**
   * Order of arrival within the session. It only grows, over restarts and takeovers too, so a smaller one after a larger one
   * is a message out of order; its gaps mean nothing. Absent in events of release 0.1.
   */
  sequence: z.number().int().optional(),
  groupId: z.string().optional(),
  /** Wamid of the message that this one answers, with its author's number. */
  context: z.object({ id: WamidSchema, from: z.string().optional() }).optional(),
  /** It was passed on; `often` where WhatsApp shows two arrows. */
  forwarded: z.enum(['once', 'often']).optional(),
  content: InboundContentSchema,
};

export const MessageEventSchema = z.object({
  ...Envelope,
  type: z.literal('message'),
  ...Written,
  /** Digits of the author's phone number; absent when only a LID is known. */
  from: z.string().optional(),
  /** The author's LID user part, Meta's `user_id`. */
  fromUserId: z.string().optional(),
  profileName: z.string().optional(),
  referral: ReferralSchema.optional(),
  referredProduct: ReferredProductSchema.optional(),
});
export type MessageEvent = z.infer<typeof MessageEventSchema>;

/** A message that the session's own number wrote on its phone or on another linked device. */
export const EchoEventSchema = z.object({
  ...Envelope,
  type: z.literal('echo'),
  ...Written,
  /** Digits of who it went to; absent in groups and when only a LID is known. */
  to: z.string().optional(),
  /** LID user part of who it went to. */
  toUserId: z.string().optional(),
});
export type EchoEvent = z.infer<typeof EchoEventSchema>;

/** Somebody calls the session's number, or a call has come to its end. */
export const CallEventSchema = z.object({
  ...Envelope,
  type: z.literal('call'),
  /** WhatsApp's id of the call. */
  callId: z.string(),
  call: z.enum(['connect', 'terminate']),
  /** Of one that has ended: whether somebody took it. */
  outcome: z.enum(['COMPLETED', 'FAILED']).optional(),
  video: z.boolean(),
  from: z.string().optional(),
  fromUserId: z.string().optional(),
  groupId: z.string().optional(),
});
export type CallEvent = z.infer<typeof CallEventSchema>;

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
  /** Of a person who was written to by their user id: the id, which `recipientId` has then too. Absent in events of release 0.1. */
  recipientUserId: z.string().optional(),
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
  /** One English sentence that an owner of a number understands. */
  reason: z.string().optional(),
  /** Its code in core/domain/session-reasons.ts. Absent in events of release 0.1. */
  reasonCode: z.string().optional(),
});
export type SessionEvent = z.infer<typeof SessionEventSchema>;

/** What happened to the queues and deliveries of an account, for its monitoring. */
export const QUEUE_REPORTS = ['queue.error', 'queue.stats', 'filter.applied'] as const;
export const QueueEventSchema = z.object({
  version: z.literal(1),
  eventId: EventIdSchema,
  accountId: AccountIdSchema,
  occurredAtMs: z.number().int(),
  type: z.literal('queue'),
  report: z.enum(QUEUE_REPORTS),
  /** Figures and names of the report; docs/webhooks.md lists them. Passed on as they are, so a later release may add any. */
  data: z.record(z.string(), z.unknown()),
});
export type QueueEvent = z.infer<typeof QueueEventSchema>;

export const EventSchema = z.discriminatedUnion('type', [
  MessageEventSchema,
  EchoEventSchema,
  CallEventSchema,
  StatusEventSchema,
  SessionEventSchema,
  QueueEventSchema,
]);
export type Event = z.infer<typeof EventSchema>;

/** What an endpoint can subscribe to; one word per member of `Event`. */
export const EVENT_TYPES = ['messages', 'statuses', 'sessions', 'message_echoes', 'calls', 'queue'] as const;
/**
 * What an endpoint gets that did not choose. Echoes and calls have fields of their own at Meta too and are subscribed to one by one: a bot
 * that knows messages only would answer what its own operator wrote.
 */
export const DEFAULT_EVENT_TYPES = ['messages', 'statuses', 'sessions'] as const;
export const EventTypeSchema = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof EventTypeSchema>;

/** The word an endpoint subscribes to for an event. */
export const eventTypeOf = (event: Event): EventType => {
  switch (event.type) {
    case 'message':
      return 'messages';
    case 'echo':
      return 'message_echoes';
    case 'call':
      return 'calls';
    case 'status':
      return 'statuses';
    case 'session':
      return 'sessions';
    case 'queue':
      return 'queue';
  }
};

/** One message on `events.fifo` (messages and echoes) or `bulk` (all else): one event for one endpoint. */
export const EventDeliverySchema = z.object({
  endpointId: EndpointIdSchema,
  event: EventSchema,
  /** Sent again on demand: delivered although the endpoint has had it. */
  replay: JobIdSchema.optional(),
});
export type EventDelivery = z.infer<typeof EventDeliverySchema>;
