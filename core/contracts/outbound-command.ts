import * as z from 'zod';
import { EndpointIdSchema, JobIdSchema, MediaIdSchema, StanzaIdSchema } from '../domain/ids.ts';
import { WamidSchema } from '../domain/wamid.ts';
import { CommandEnvelope } from './command-envelope.ts';
import { OutboundContentSchema } from './outbound/content.ts';
import { MessageReferenceSchema } from './outbound/message-reference.ts';
import { ReadFields } from './outbound/read.ts';
import { QUESTION_SCHEMAS } from './questions.ts';

export { type OutboundContent, OutboundContentSchema } from './outbound/content.ts';

/**
 * Where a message goes: digits of a phone number in E.164 without plus, a group id, or the LID of a person whose number is not known
 * (Meta's user id). Release 0.1 knows no users.
 */
export const AddressSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('individual'), phone: z.string().regex(/^\d{5,17}$/) }),
  z.object({ type: z.literal('group'), groupId: z.string().regex(/^\d[\d-]{4,40}$/) }),
  z.object({ type: z.literal('user'), userId: z.string().regex(/^\d{5,20}$/) }),
]);
export type Address = z.infer<typeof AddressSchema>;

/** What names the chat of an address: a phone number, a group id or a user id. */
export function addressIdOf(to: Address): string {
  switch (to.type) {
    case 'individual':
      return to.phone;
    case 'group':
      return to.groupId;
    case 'user':
      return to.userId;
  }
}

/**
 * Largest content of a message that the API takes, bytes of JSON. WhatsApp's form of it, at worst twice as long (vCards escape commas),
 * has to fit into a row of DynamoDB (400 KB) beside all else. Hundreds of contacts with long fields are the only way there.
 */
export const MOST_CONTENT_BYTES = 160 * 1024;

const SendMessageSchema = z.object({
  ...CommandEnvelope,
  type: z.literal('message.send'),
  stanzaId: StanzaIdSchema,
  wamid: WamidSchema,
  to: AddressSchema,
  content: OutboundContentSchema,
  /** The message that it answers: shown as a quote. */
  context: MessageReferenceSchema.optional(),
  /** Shown as forwarded. */
  forwarded: z.boolean().optional(),
  /** Echoed in statuses, at most 512 characters. */
  bizOpaqueCallbackData: z.string().optional(),
  /** Fails with a status if it has not left by then, milliseconds since the epoch. Absent in commands of release 0.1. */
  expiresAtMs: z.number().int().optional(),
  /** Does not leave before, milliseconds since the epoch. */
  notBeforeMs: z.number().int().optional(),
  /** A request with the same Idempotency-Key may have queued it before, longer ago than the queue remembers. */
  isRepeated: z.boolean().optional(),
});
export type SendMessageCommand = z.infer<typeof SendMessageSchema>;

/** All of a message but its content: enough to tell what became of one whose kind this release does not know (D16). */
export const MessageHeadSchema = SendMessageSchema.omit({ content: true });
export type MessageHead = z.infer<typeof MessageHeadSchema>;

const ReadMessageSchema = z.object({ ...CommandEnvelope, ...ReadFields });
export type ReadMessageCommand = z.infer<typeof ReadMessageSchema>;

const control = <T extends string>(type: T) => z.object({ ...CommandEnvelope, type: z.literal(type) });

/** `session.start` also begins the pairing of a session without credentials. */
const SessionStartSchema = control('session.start');
/** Closes the socket, keeps the link. */
const SessionStopSchema = control('session.stop');
/** Unlinks the device at WhatsApp and erases its keys; the session stays, logged out. */
const SessionLogoutSchema = control('session.logout');
/** Like logout, then erases everything; the session's row is already marked as deleted. */
const SessionDeleteSchema = z.object({
  ...CommandEnvelope,
  type: z.literal('session.delete'),
  /** Name of its proxy: the row that says it is gone, and WhatsApp is still to be told. */
  proxy: z.string().optional(),
});
/** Reads the row again and connects anew where it is connected: the proxy changed. */
const SessionReconnectSchema = control('session.reconnect');
/** The endpoints of the account changed: forget the cached list. */
const EndpointsChangedSchema = control('endpoints.changed');

/** Try once more to fetch the file of a received message, which would not come; its row says `arriving` again. */
const AskForMediaSchema = z.object({
  ...CommandEnvelope,
  type: z.literal('media.ask'),
  mediaId: MediaIdSchema,
  /** Sort key of its message row. */
  message: z.string(),
});
export type AskForMediaCommand = z.infer<typeof AskForMediaSchema>;

/** Publish the received messages of a time again to one endpoint, out of their rows: also those that nobody subscribed to. */
const MessagesReplaySchema = z.object({
  ...CommandEnvelope,
  type: z.literal('messages.replay'),
  jobId: JobIdSchema,
  endpointId: EndpointIdSchema,
  /** When WhatsApp took them, milliseconds since the epoch; `to` not included. */
  fromMs: z.number().int(),
  toMs: z.number().int(),
});
export type MessagesReplayCommand = z.infer<typeof MessagesReplaySchema>;

export const OutboundCommandSchema = z.discriminatedUnion('type', [
  SendMessageSchema,
  ReadMessageSchema,
  SessionStartSchema,
  SessionStopSchema,
  SessionLogoutSchema,
  SessionDeleteSchema,
  SessionReconnectSchema,
  EndpointsChangedSchema,
  MessagesReplaySchema,
  AskForMediaSchema,
  ...QUESTION_SCHEMAS,
]);
export type OutboundCommand = z.infer<typeof OutboundCommandSchema>;
