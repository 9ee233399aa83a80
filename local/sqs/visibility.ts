import { AwsError } from '../aws/json-protocol.ts';
import type { StoredMessage } from './message-store.ts';
import { MAX_VISIBILITY_SECONDS } from './queue-attributes.ts';
import type { Queue } from './queue-store.ts';
import { parseReceiptHandle, type Receipt } from './receipt-handle.ts';
import { invalidParameter, invalidValue } from './sqs-errors.ts';
import type { SqsState, Step } from './sqs-state.ts';

const EXPIRED = 'The receipt handle has expired.';
const GONE = 'Message does not exist or is not available for visibility timeout change.';

/**
 * Deletes a received message. Deleting it again succeeds. A standard queue honours an old handle too; a FIFO queue
 * only the latest one, and only while the message is in flight.
 * @throws AwsError ReceiptHandleIsInvalid, InvalidParameterValueException
 */
export function deleteMessage(state: SqsState, queue: Queue, handle: string, step: Step): void {
  const receipt = parseReceiptHandle(queue, handle);
  const message = state.messages.find(receipt.seq);
  if (!message) return;
  if (queue.settings.fifo && !isHeld(message, receipt, step.nowMs)) {
    throw invalidValue(handle, 'ReceiptHandle', EXPIRED);
  }
  state.remove(queue, message, step);
  step.effects.events.push({ type: 'deleted', queue: queue.name, messageId: message.messageId });
}

/**
 * Sets how long a message stays in flight from now on; 0 hands it back.
 * @param timeoutSeconds 0 to 43,200
 * @throws AwsError ReceiptHandleIsInvalid, InvalidParameterValueException, MessageNotInflight
 */
export function changeVisibility(
  state: SqsState,
  queue: Queue,
  change: { readonly handle: string; readonly timeoutSeconds: number },
  step: Step,
): void {
  const { handle, timeoutSeconds } = change;
  if (timeoutSeconds < 0 || timeoutSeconds > MAX_VISIBILITY_SECONDS) {
    const reason = `VisibilityTimeout must be between 0 and ${MAX_VISIBILITY_SECONDS}.`;
    throw invalidValue(timeoutSeconds, 'VisibilityTimeout', reason);
  }
  const receipt = parseReceiptHandle(queue, handle);
  const message = state.messages.find(receipt.seq);
  if (!message) throw invalidValue(handle, 'ReceiptHandle', GONE);
  if (!isHeld(message, receipt, step.nowMs)) {
    if (queue.settings.fifo) throw invalidValue(handle, 'ReceiptHandle', EXPIRED);
    if (!isInFlight(message, step.nowMs)) throw new AwsError('MessageNotInflight', 'The message is not in flight.');
  }
  const visibleAtMs = step.nowMs + timeoutSeconds * 1000;
  if (visibleAtMs - (message.receivedAtMs ?? step.nowMs) > MAX_VISIBILITY_SECONDS * 1000) {
    throw invalidParameter(
      `Value ${timeoutSeconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds].`,
    );
  }
  state.messages.setVisibleAt(message.seq, visibleAtMs);
  state.regroup(queue, message.groupId);
  step.effects.wake.add(queue.id);
}

function isInFlight(message: StoredMessage, nowMs: number): boolean {
  return message.inFlight === 1 && message.visibleAtMs > nowMs;
}

/** Whether this very delivery is still in flight. */
function isHeld(message: StoredMessage, receipt: Receipt, nowMs: number): boolean {
  return isInFlight(message, nowMs) && message.receiveCount === receipt.receiveCount;
}
