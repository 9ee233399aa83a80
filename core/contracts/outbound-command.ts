import * as z from 'zod';
import { AccountIdSchema, QuestionIdSchema, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '../domain/ids.ts';
import { WamidSchema } from '../domain/wamid.ts';

/**
 * What the API puts on `outbound-<shard>.fifo` and the connector takes from it. Readers ignore fields that they do not
 * know (D16), so plain `z.object`; a new version is read one release before it is written.
 *
 * MessageGroupId: `<sessionUid>#<chatHash>` for messages, `<sessionUid>#control` for the session's life,
 * `<sessionUid>#question` for questions. MessageDeduplicationId: the stanza id, or the command's own id.
 */
const Envelope = {
  version: z.literal(1),
  accountId: AccountIdSchema,
  sessionId: SessionIdSchema,
  sessionUid: SessionUidSchema,
  /** When the API accepted it, milliseconds since the epoch. */
  acceptedAtMs: z.number().int(),
  /** W3C trace id or fbtrace_id of the request, for the logs of both sides. */
  traceId: z.string().optional(),
};

/** Where a message goes: digits of a phone number in E.164 without plus, or a group id. */
export const AddressSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('individual'), phone: z.string().regex(/^\d{5,17}$/) }),
  z.object({ type: z.literal('group'), groupId: z.string().regex(/^\d[\d-]{4,40}$/) }),
]);
export type Address = z.infer<typeof AddressSchema>;

/** Content of an outbound message, one member a kind. More kinds join here. */
export const OutboundContentSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.object({ body: z.string().min(1), previewUrl: z.boolean() }) }),
]);
export type OutboundContent = z.infer<typeof OutboundContentSchema>;

const SendMessageSchema = z.object({
  ...Envelope,
  type: z.literal('message.send'),
  stanzaId: StanzaIdSchema,
  wamid: WamidSchema,
  to: AddressSchema,
  content: OutboundContentSchema,
  /** Echoed in statuses, at most 512 characters. */
  bizOpaqueCallbackData: z.string().optional(),
});
export type SendMessageCommand = z.infer<typeof SendMessageSchema>;

const control = <T extends string>(type: T) => z.object({ ...Envelope, type: z.literal(type) });

/** `session.start` also begins the pairing of a session without credentials. */
const SessionStartSchema = control('session.start');
/** Closes the socket, keeps the link. */
const SessionStopSchema = control('session.stop');
/** Unlinks the device at WhatsApp and erases its keys; the session stays, logged out. */
const SessionLogoutSchema = control('session.logout');
/** Like logout, then erases everything; the session's row is already marked as deleted. */
const SessionDeleteSchema = control('session.delete');
/** The endpoints of the account changed: forget the cached list. */
const EndpointsChangedSchema = control('endpoints.changed');

const PairingCodeQuestionSchema = z.object({
  ...Envelope,
  type: z.literal('question.pairing_code'),
  questionId: QuestionIdSchema,
  /** Digits, E.164 without plus. */
  phone: z.string().regex(/^\d{5,17}$/),
  /** After this wall time nobody waits for the answer any more, milliseconds since the epoch. */
  deadlineMs: z.number().int(),
});

export const OutboundCommandSchema = z.discriminatedUnion('type', [
  SendMessageSchema,
  SessionStartSchema,
  SessionStopSchema,
  SessionLogoutSchema,
  SessionDeleteSchema,
  EndpointsChangedSchema,
  PairingCodeQuestionSchema,
]);
export type OutboundCommand = z.infer<typeof OutboundCommandSchema>;
