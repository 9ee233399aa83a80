import { createHash } from 'node:crypto';
import { AwsError } from '../aws/json-protocol.ts';
import type { DeduplicationKey } from './deduplication.ts';
import {
  attributeValue,
  isBinary,
  type MessageAttribute,
  type MessageAttributes,
  md5,
  md5OfAttributes,
} from './message-attributes-md5.ts';
import { newMessage } from './message-store.ts';
import { MAX_DELAY_SECONDS } from './queue-attributes.ts';
import type { Queue } from './queue-store.ts';
import { invalidParameter, invalidValue, missingParameter } from './sqs-errors.ts';
import type { SqsState, Step } from './sqs-state.ts';

/** A message as its sender hands it over. */
export interface MessageDraft {
  readonly body: string;
  readonly attributes?: MessageAttributes | undefined;
  /** 0 to 900; undefined for the queue's own delay. Standard queues only. */
  readonly delaySeconds?: number | undefined;
  /** Required for FIFO queues; on standard queues it makes them fair. */
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** X-Ray's `AWSTraceHeader`. */
  readonly traceHeader?: string | undefined;
  /** Access key id of the sender. */
  readonly senderId: string;
}

export interface Accepted {
  readonly messageId: string;
  readonly md5OfBody: string;
  readonly md5OfAttributes: string | undefined;
  /** FIFO queues only. */
  readonly sequenceNumber: string | undefined;
}

/** SQS quota. */
const MAX_ATTRIBUTES = 10;
const FORBIDDEN_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const ALLOWED_CHARACTERS = '#x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]';
const ID = /^[\x21-\x7e]{1,128}$/;
const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)(?!aws\.|amazon\.)[\w.-]{1,256}(?<!\.)$/i;
const ATTRIBUTE_TYPE = /^(String|Number|Binary)(\..+)?$/;
const OTHER_QUEUE_TYPE = 'The request include parameter that is not valid for this queue type.';

/**
 * Accepts a message, or recognizes the one that it repeats.
 * @throws AwsError as SendMessage: InvalidMessageContents, InvalidParameterValueException, MissingRequiredParameterException
 */
export function acceptMessage(
  state: SqsState,
  queue: Queue,
  draft: MessageDraft,
  step: Step & { readonly newId: () => string },
): Accepted {
  checkContent(queue, draft);
  checkIds(queue, draft);
  const attributes = draft.attributes ?? {};
  const digests = { md5OfBody: md5(draft.body), md5OfAttributes: md5OfAttributes(attributes) };
  const { fifo, delayMs } = queue.settings;
  const key = fifo ? deduplicationKey(queue, draft) : undefined;
  const known = key && state.deduplication.find(key, step.nowMs);
  if (known) return { ...digests, messageId: known.messageId, sequenceNumber: sequenceNumber(known.seq) };

  const messageId = step.newId();
  const message = newMessage({
    queueId: queue.id,
    messageId,
    groupId: draft.groupId ?? null,
    senderId: draft.senderId,
    deduplicationId: key?.deduplicationId ?? null,
    traceHeader: draft.traceHeader ?? null,
    attributes: digests.md5OfAttributes === undefined ? null : JSON.stringify(attributes),
    body: draft.body,
    nowMs: step.nowMs,
    delayMs: draft.delaySeconds === undefined || fifo ? delayMs : draft.delaySeconds * 1000,
  });
  const seq = state.append(queue, message, step);
  if (key) state.deduplication.remember(key, { messageId, seq }, step.nowMs);
  step.effects.events.push({ type: 'sent', queue: queue.name, messageId });
  return { ...digests, messageId, sequenceNumber: fifo ? sequenceNumber(seq) : undefined };
}

/** Bytes that SQS counts against its size limit: body, and name, type and value of each attribute. */
export function messageBytes(draft: Pick<MessageDraft, 'body' | 'attributes'>): number {
  let bytes = Buffer.byteLength(draft.body);
  for (const [name, attribute] of Object.entries(draft.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + attributeValue(attribute).length;
  }
  return bytes;
}

/** Twenty digits that grow with the order of arrival, as AWS's. */
export function sequenceNumber(seq: number): string {
  return `1${String(seq).padStart(19, '0')}`;
}

function checkContent(queue: Queue, draft: MessageDraft): void {
  if (draft.body === '') throw missingParameter('MessageBody');
  checkCharacters(draft.body, 'message body');
  const attributes = Object.entries(draft.attributes ?? {});
  if (attributes.length > MAX_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${attributes.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  for (const [name, attribute] of attributes) checkAttribute(name, attribute);
  const { maximumMessageBytes } = queue.settings;
  if (messageBytes(draft) > maximumMessageBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageBytes} bytes.`,
    );
  }
}

function checkCharacters(text: string, where: string): void {
  const found = FORBIDDEN_CHARACTER.exec(text)?.[0].codePointAt(0);
  if (found === undefined) return;
  throw new AwsError(
    'InvalidMessageContents',
    `Invalid binary character '#x${found.toString(16).toUpperCase()}' was found in the ${where}, the set of allowed characters is ${ALLOWED_CHARACTERS}`,
  );
}

function checkAttribute(name: string, attribute: MessageAttribute): void {
  if (!ATTRIBUTE_NAME.test(name)) {
    throw invalidParameter(
      `Can only include alphanumeric characters, hyphens, underscores, or dots. 1 to 256 in length: ${name}`,
    );
  }
  if (!ATTRIBUTE_TYPE.test(attribute.DataType)) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  if (attributeValue(attribute).length === 0) {
    throw invalidParameter(`The message (user) attribute '${name}' must contain a non-empty message attribute value.`);
  }
  if (!isBinary(attribute)) checkCharacters(attribute.StringValue ?? '', `message attribute '${name}'`);
  if (attribute.DataType.startsWith('Number') && !Number.isFinite(Number(attribute.StringValue))) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

function checkIds(queue: Queue, draft: MessageDraft): void {
  const { groupId, deduplicationId, delaySeconds } = draft;
  checkId('MessageGroupId', groupId);
  checkId('MessageDeduplicationId', deduplicationId);
  if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS)) {
    throw invalidValue(delaySeconds, 'DelaySeconds', `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
  }
  if (!queue.settings.fifo) {
    if (deduplicationId !== undefined) throw invalidValue(deduplicationId, 'MessageDeduplicationId', OTHER_QUEUE_TYPE);
    return;
  }
  if (groupId === undefined) throw missingParameter('MessageGroupId');
  if (delaySeconds) throw invalidValue(delaySeconds, 'DelaySeconds', OTHER_QUEUE_TYPE);
  if (deduplicationId === undefined && !queue.settings.contentBasedDeduplication) {
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
}

function checkId(parameter: string, id: string | undefined): void {
  if (id === undefined || ID.test(id)) return;
  const reason = `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
  throw invalidValue(id, parameter, reason);
}

function deduplicationKey(queue: Queue, draft: MessageDraft): DeduplicationKey {
  const deduplicationId = draft.deduplicationId ?? createHash('sha256').update(draft.body, 'utf8').digest('hex');
  return {
    queueId: queue.id,
    scope: queue.settings.deduplicatesPerGroup ? (draft.groupId ?? '') : '',
    deduplicationId,
  };
}
