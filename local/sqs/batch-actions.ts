import * as z from 'zod';
import { AwsError, type JsonAction } from '../aws/json-protocol.ts';
import { type ActionContext, queueAction, queueUrlInput } from './action-input.ts';
import { acceptedMessage, draftOf, messageMembers } from './message-actions.ts';
import { MAX_MESSAGE_BYTES } from './queue-attributes.ts';
import { messageBytes } from './send.ts';
import { QUERY_CODES } from './sqs-errors.ts';

/** SQS quota. */
const MAX_ENTRIES = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

const entry = z.object({ Id: z.string() });
const batchOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  queueUrlInput.extend({ Entries: z.array(entry.extend(shape)).default([]) });
const sendInput = batchOf(messageMembers);
const deleteInput = batchOf({ ReceiptHandle: z.string() });
const visibilityInput = batchOf({ ReceiptHandle: z.string(), VisibilityTimeout: z.number().int().default(0) });

/** Actions on up to ten messages, each of which fails alone. */
export function batchActions(context: ActionContext): Record<string, JsonAction> {
  const { engine } = context;
  const runBatch = <E extends { readonly Id: string }>(entries: readonly E[], run: (entry: E) => object): object => {
    checkEntries(entries);
    return engine.together(() => eachEntry(entries, run));
  };
  return {
    SendMessageBatch: queueAction(context, 'SendMessage', sendInput, (queue, input, { call }) => {
      checkEntries(input.Entries);
      const drafts = input.Entries.map((item) => draftOf(item, call.accessKeyId));
      const bytes = drafts.reduce((sum, draft) => sum + messageBytes(draft), 0);
      if (bytes > MAX_MESSAGE_BYTES) {
        const message = `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`;
        throw new AwsError('BatchRequestTooLong', message);
      }
      return runBatch(input.Entries, (item) => {
        const accepted = engine.send(queue, draftOf(item, call.accessKeyId));
        return acceptedMessage(accepted, item.MessageSystemAttributes);
      });
    }),
    DeleteMessageBatch: queueAction(context, 'DeleteMessage', deleteInput, (queue, input) =>
      runBatch(input.Entries, (item) => {
        engine.delete(queue, item.ReceiptHandle);
        return {};
      }),
    ),
    ChangeMessageVisibilityBatch: queueAction(context, 'ChangeMessageVisibility', visibilityInput, (queue, input) =>
      runBatch(input.Entries, (item) => {
        engine.changeVisibility(queue, item.ReceiptHandle, item.VisibilityTimeout);
        return {};
      }),
    ),
  };
}

function eachEntry<E extends { readonly Id: string }>(entries: readonly E[], run: (entry: E) => object): object {
  const successful: object[] = [];
  const failed: object[] = [];
  for (const item of entries) {
    try {
      successful.push({ Id: item.Id, ...run(item) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const code = QUERY_CODES.get(error.code) ?? error.code;
      failed.push({ Id: item.Id, SenderFault: error.status < 500, Code: code, Message: error.message });
    }
  }
  return failed.length === 0 ? { Successful: successful } : { Successful: successful, Failed: failed };
}

function checkEntries(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  for (const { Id } of entries) {
    if (!ENTRY_ID.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (ids.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
}
