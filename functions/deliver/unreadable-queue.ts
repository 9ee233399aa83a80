import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

/** Where records go that nobody can read. */
export interface UnreadableQueue {
  /**
   * Puts one record into the dead-letter queue of its lane, with the reason beside it.
   * @param reason one line without content of customers
   * @throws when SQS does not take it: then the record has to come again
   */
  put(record: SQSRecord, reason: string): Promise<void>;
}

/** Name of the message attribute that says why; `npm run pombo -- dead-letters show` prints it. */
const REASON_ATTRIBUTE = 'reason';
/** Of a message attribute; SQS counts it to the message's size, and nobody reads more. */
const LONGEST_REASON = 500;

/**
 * At its first receive: as a failure it would come back four more times, a visibility timeout apart, and hold up its chat for a
 * quarter of an hour (webhooks.md 3.6).
 */
export function makeUnreadableQueue(options: {
  readonly sqs: SQSClient;
  /** Dead-letter queues of the lanes. */
  readonly queueUrls: Readonly<Record<'events' | 'bulk', string>>;
}): UnreadableQueue {
  const { sqs, queueUrls } = options;
  return {
    async put({ attributes, body, eventSourceARN, messageId }, reason) {
      const isFifo = eventSourceARN.endsWith('.fifo');
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: queueUrls[isFifo ? 'events' : 'bulk'],
          MessageBody: body,
          MessageAttributes: {
            [REASON_ATTRIBUTE]: { DataType: 'String', StringValue: reason.slice(0, LONGEST_REASON) },
          },
          // The copy of a call that died before it was done is the same message.
          ...(isFifo && { MessageGroupId: attributes.MessageGroupId ?? messageId, MessageDeduplicationId: messageId }),
        }),
      );
    },
  };
}
