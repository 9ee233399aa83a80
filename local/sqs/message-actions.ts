import * as z from 'zod';
import type { JsonAction } from '../aws/json-protocol.ts';
import { type ActionContext, queueAction, queueUrlInput } from './action-input.ts';
import { MAX_RECEIVE } from './fifo-groups.ts';
import { md5OfAttributes } from './message-attributes-md5.ts';
import { receivedMessage } from './message-output.ts';
import { MAX_VISIBILITY_SECONDS, MAX_WAIT_SECONDS } from './queue-attributes.ts';
import type { Accepted, MessageDraft } from './send.ts';
import { invalidValue } from './sqs-errors.ts';

const messageAttribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});
/** The members that SendMessage and an entry of SendMessageBatch share. */
export const messageMembers = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().optional(),
  MessageAttributes: z.record(z.string(), messageAttribute).optional(),
  MessageSystemAttributes: z.object({ AWSTraceHeader: messageAttribute.optional() }).optional(),
  MessageDeduplicationId: z.string().optional(),
  MessageGroupId: z.string().optional(),
};
const sendInput = queueUrlInput.extend(messageMembers);
const receiveInput = queueUrlInput.extend({
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
  MaxNumberOfMessages: z.number().int().default(1),
  VisibilityTimeout: z.number().int().optional(),
  WaitTimeSeconds: z.number().int().optional(),
});
const deleteInput = queueUrlInput.extend({ ReceiptHandle: z.string() });
const visibilityInput = deleteInput.extend({ VisibilityTimeout: z.number().int() });

/** Actions on single messages. */
export function messageActions(context: ActionContext): Record<string, JsonAction> {
  const { engine } = context;
  return {
    SendMessage: queueAction(context, 'SendMessage', sendInput, (queue, input, { call }) => {
      const accepted = engine.send(queue, draftOf(input, call.accessKeyId));
      return acceptedMessage(accepted, input.MessageSystemAttributes);
    }),
    ReceiveMessage: queueAction(context, 'ReceiveMessage', receiveInput, async (queue, input, { closed }) => {
      checkRange('MaxNumberOfMessages', input.MaxNumberOfMessages, [1, MAX_RECEIVE]);
      checkRange('VisibilityTimeout', input.VisibilityTimeout, [0, MAX_VISIBILITY_SECONDS]);
      checkRange('WaitTimeSeconds', input.WaitTimeSeconds, [0, MAX_WAIT_SECONDS]);
      const { settings } = queue;
      const messages = await engine.receive(queue, {
        max: input.MaxNumberOfMessages,
        visibilityTimeoutMs: milliseconds(input.VisibilityTimeout) ?? settings.visibilityTimeoutMs,
        waitMs: milliseconds(input.WaitTimeSeconds) ?? settings.receiveWaitMs,
        signal: closed,
      });
      const wanted = {
        system: [...input.AttributeNames, ...input.MessageSystemAttributeNames],
        user: input.MessageAttributeNames,
      };
      return messages.length === 0
        ? {}
        : { Messages: messages.map((message) => receivedMessage(queue, message, wanted)) };
    }),
    DeleteMessage: queueAction(context, 'DeleteMessage', deleteInput, (queue, input) =>
      engine.delete(queue, input.ReceiptHandle),
    ),
    ChangeMessageVisibility: queueAction(context, 'ChangeMessageVisibility', visibilityInput, (queue, input) =>
      engine.changeVisibility(queue, input.ReceiptHandle, input.VisibilityTimeout),
    ),
  };
}

type MessageInput = Omit<z.output<typeof sendInput>, 'QueueUrl'>;

export function draftOf(input: MessageInput, senderId: string): MessageDraft {
  return {
    body: input.MessageBody,
    attributes: input.MessageAttributes,
    delaySeconds: input.DelaySeconds,
    groupId: input.MessageGroupId,
    deduplicationId: input.MessageDeduplicationId,
    traceHeader: input.MessageSystemAttributes?.AWSTraceHeader?.StringValue,
    senderId,
  };
}

/** What SQS answers for a message that it has taken; JSON leaves out what is undefined. */
export function acceptedMessage(accepted: Accepted, system: MessageInput['MessageSystemAttributes']): object {
  return {
    MessageId: accepted.messageId,
    MD5OfMessageBody: accepted.md5OfBody,
    MD5OfMessageAttributes: accepted.md5OfAttributes,
    MD5OfMessageSystemAttributes: system?.AWSTraceHeader && md5OfAttributes({ AWSTraceHeader: system.AWSTraceHeader }),
    SequenceNumber: accepted.sequenceNumber,
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function checkRange(parameter: string, value: number | undefined, [min, max]: readonly [number, number]): void {
  if (value === undefined || (value >= min && value <= max)) return;
  throw invalidValue(value, parameter, `Must be between ${min} and ${max}, if provided.`);
}
