import * as z from 'zod';
import { addressOf } from '#core/contracts/api/messages/address.ts';
import { type MessageEnvelope, MessageEnvelopeSchema } from '#core/contracts/api/messages/envelope.ts';
import { UNSUPPORTED_INTERACTIVE } from '#core/contracts/api/messages/interactive/interactive.ts';
import type { MessageType } from '#core/contracts/api/messages/message-types.ts';
import { MESSAGE_OBJECTS, type MessageObject } from '#core/contracts/api/messages/request.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { Address, SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { Draft, Mention } from './drafts/draft.ts';
import { DRAFTS, type WrittenType } from './drafts/draft-of.ts';

/** A request as far as it can be understood without asking anybody. */
export interface ParsedMessage {
  readonly envelope: MessageEnvelope;
  readonly to: Address;
  /** `to` or `recipient` as it was written. */
  readonly written: string;
  /** A template is rendered later: it lies in a table. */
  readonly message: Draft | { readonly template: MessageObject<'template'> };
  /** What the command has of the envelope. */
  readonly modifiers: Pick<SendMessageCommand, 'context' | 'forwarded' | 'bizOpaqueCallbackData'>;
  /** The message that it answers. */
  readonly answers: readonly Mention[];
}

/** Reads the body of a message. @throws GraphError 100, 131008, 131009 or 131051, with the field */
export function parseMessage(body: unknown): ParsedMessage {
  const envelope = parseRequest(MessageEnvelopeSchema, body, 'message');
  const type = envelope.type ?? 'text';
  // Clients leave members that they do not use empty.
  const written = envelope.to || envelope.recipient;
  if (!written) throw new GraphError(131008, 'to: is required.');
  const to = envelope.to ? parseAddress(envelope.to, envelope.recipient_type ?? 'individual') : parseUser(written);
  const { biz_opaque_callback_data: data, context } = envelope;
  // Meta ignores the context of a reaction: it is about its message already.
  const wamid = type === 'reaction' ? undefined : (context?.message_id ?? undefined);
  return {
    envelope,
    to,
    written,
    message: messageOf(type, body),
    modifiers: {
      ...(wamid && { context: { wamid } }),
      ...(context?.forwarded ? { forwarded: true } : {}),
      ...(data ? { bizOpaqueCallbackData: data } : {}),
    },
    answers: wamid ? [{ wamid, field: 'context.message_id' }] : [],
  };
}

function messageOf(type: MessageType, body: unknown): ParsedMessage['message'] {
  if (type === 'interactive') refuseUnsupported(body);
  return type === 'template' ? { template: objectOf('template', body) } : draftOf(type, objectOf(type, body));
}

const draftOf = <T extends WrittenType>(type: T, object: MessageObject<T>): Draft => DRAFTS[type](object);

/** The object that stands under the name of the type. Its errors have the whole path. */
function objectOf<T extends MessageType>(type: T, body: unknown): MessageObject<T> {
  const schema = z.object({ [type]: z.preprocess(written, MESSAGE_OBJECTS[type]) });
  return (parseRequest(schema, body, 'message') as Record<T, MessageObject<T>>)[type];
}

/** Graph reads objects that are written as a text of JSON; one client of Meta's API sends its contacts so. */
function written(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Kinds of Meta's that a linked device can't send. */
function refuseUnsupported(body: unknown): void {
  const { data } = z.object({ interactive: z.object({ type: z.string() }) }).safeParse(body);
  const type = data?.interactive.type ?? '';
  if (!UNSUPPORTED_INTERACTIVE.includes(type)) return;
  const supported = 'button, list, cta_url and location_request_message';
  throw new GraphError(131051, `interactive.type: ${type} can’t be sent from a linked device, only ${supported}.`);
}

/** @throws GraphError 131009 */
/** Meta's user ids have the country before them. */
const USER_ID = /^(?:[A-Z]{2}\.)?(\d{5,20})$/;

function parseUser(written: string): Address {
  const userId = USER_ID.exec(written)?.[1];
  if (userId !== undefined) return { type: 'user', userId };
  throw new GraphError(131009, 'recipient: must be a user id, as webhooks tell it.');
}

export function parseAddress(written: string, recipientType: 'individual' | 'group'): Address {
  const to = addressOf(written, recipientType);
  if (to) return to;
  const wanted =
    recipientType === 'group'
      ? 'must be a group id: digits, and a hyphen in those of old groups'
      : 'must be a phone number with country code: 5 to 15 digits; a plus, spaces, hyphens and parentheses are allowed';
  throw new GraphError(131009, `to: ${wanted}.`);
}
