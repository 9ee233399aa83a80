import { AwsError } from '../aws/json-protocol.ts';
import type { StoredMessage } from './message-store.ts';
import type { Queue } from './queue-store.ts';

/** Which delivery of which message a receipt handle stands for. */
export interface Receipt {
  readonly seq: number;
  /** The message's receive count at that delivery: tells the latest handle from older ones. */
  readonly receiveCount: number;
}

export function receiptHandle(message: StoredMessage): string {
  return Buffer.from(`${message.queueId}:${message.seq}:${message.receiveCount}`).toString('base64url');
}

/** @throws AwsError ReceiptHandleIsInvalid when it is not a handle of this queue */
export function parseReceiptHandle(queue: Queue, handle: string): Receipt {
  const [, queueId, seq, receiveCount] =
    /^(\d{1,15}):(\d{1,15}):(\d{1,9})$/.exec(Buffer.from(handle, 'base64url').toString('latin1')) ?? [];
  if (Number(queueId) !== queue.id) {
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      404,
    );
  }
  return { seq: Number(seq), receiveCount: Number(receiveCount) };
}
