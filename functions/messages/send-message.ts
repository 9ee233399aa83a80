import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import {
  addressOf,
  MessageEnvelopeSchema,
  type SendMessageResponse,
  SendTextRequestSchema,
} from '#core/contracts/api/messages.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { Address, SendMessageCommand } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { newStanzaId, type RandomBytes } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { Metric } from '#core/observability/metrics.ts';
import type { ApiRequest, Caller } from '../shared/api-request.ts';
import { envelopeOf } from '../shared/control-command.ts';
import { count } from '../shared/count.ts';
import { logger } from '../shared/logger.ts';
import { ownSession } from '../shared/own-session.ts';
import { refuseUnlessReady } from './readiness.ts';

export interface SendMessageDependencies {
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/**
 * POST /{phone_number_id}/messages: checks everything that can be known now, mints the ids, and answers when the queue has the command.
 * What only WhatsApp knows comes later as a status.
 */
export function makeSendMessage({ sessions, outbound, clock, random }: SendMessageDependencies) {
  return async (request: ApiRequest & { caller: Caller; id: string }): Promise<SendMessageResponse> => {
    const message = parseMessage(request.body());
    const row = await ownSession(sessions, request, 400);
    refuseUnlessReady(row);
    refuseOwnNumber(message.to, row);
    const stanzaId = newStanzaId(random);
    const wamid = formatWamid({ sessionUid: row.sessionUid, direction: 'out', stanzaId });
    const { written, ...rest } = message;
    const envelope = envelopeOf(row, clock.now(), request.traceId);
    await outbound.send(row.shard, { ...envelope, type: 'message.send', stanzaId, wamid, ...rest });
    count({ [Metric.messageAccepted]: 1 });
    logger.debug('message queued', { messageId: wamid, shard: row.shard });
    const waId = message.to.type === 'group' ? message.to.groupId : message.to.phone;
    return {
      messaging_product: 'whatsapp',
      contacts: [{ input: written, wa_id: waId }],
      messages: [{ id: wamid, message_status: 'accepted' }],
    };
  };
}

type Message = Pick<SendMessageCommand, 'to' | 'content' | 'bizOpaqueCallbackData'> & { readonly written: string };

function parseMessage(body: unknown): Message {
  refuseStatus(body);
  const envelope = parseRequest(MessageEnvelopeSchema, body, 'message');
  const { type, context } = envelope;
  if (type && type !== 'text') {
    throw new GraphError(131051, `type: ${type} messages are not supported yet, only text.`);
  }
  if (context !== undefined && context !== null) {
    throw new GraphError(131009, 'context: replies are not supported yet. Leave it out, or send null.');
  }
  const { text } = parseRequest(SendTextRequestSchema, body, 'message');
  const data = envelope.biz_opaque_callback_data;
  return {
    written: envelope.to,
    to: parseAddress(envelope.to, envelope.recipient_type ?? 'individual'),
    content: { type: 'text', text: { body: text.body, previewUrl: text.preview_url ?? false } },
    ...(data ? { bizOpaqueCallbackData: data } : {}),
  };
}

/** Meta takes read receipts and typing indicators at the same path. */
function refuseStatus(body: unknown): void {
  if (typeof body !== 'object' || body === null || !('status' in body) || typeof body.status !== 'string') return;
  throw new GraphError(131051, 'status: read receipts and typing indicators are not supported yet.');
}

function parseAddress(written: string, recipientType: 'individual' | 'group'): Address {
  const to = addressOf(written, recipientType);
  if (to) return to;
  const wanted =
    recipientType === 'group'
      ? 'must be a group id: digits, and a hyphen in those of old groups'
      : 'must be a phone number with country code: 5 to 15 digits; a plus, spaces, hyphens and parentheses are allowed';
  throw new GraphError(131009, `to: ${wanted}.`);
}

function refuseOwnNumber(to: Address, { phoneNumber }: SessionRow): void {
  if (to.type === 'individual' && to.phone === phoneNumber) {
    throw new GraphError(131021, 'to: is the number of the session itself.');
  }
}
