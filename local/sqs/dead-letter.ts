import type { StoredMessage } from './message-store.ts';
import type { Queue } from './queue-store.ts';
import type { SqsState, Step } from './sqs-state.ts';

/** Whether the queue's redrive policy forbids another delivery. */
export function isExhausted(queue: Queue, message: StoredMessage): boolean {
  const { redrive } = queue.settings;
  return redrive !== undefined && message.queueReceiveCount >= redrive.maxReceiveCount;
}

/**
 * Moves a message to the dead-letter queue of its queue. It keeps its id, group, total receive count and, on standard
 * queues, the start of its retention (SQS developer guide, dead-letter queue retention).
 * @returns false when that queue does not exist: the message stays deliverable
 */
export function deadLetter(state: SqsState, queue: Queue, message: StoredMessage, step: Step): boolean {
  const target = state.queues.byArn(queue.settings.redrive?.deadLetterTargetArn ?? '');
  if (!target) return false;
  state.remove(queue, message, step);
  const moved: StoredMessage = {
    ...message,
    queueId: target.id,
    visibleAtMs: step.nowMs,
    inFlight: 0,
    queueReceiveCount: 0,
    enteredAtMs: step.nowMs,
    retainedFromMs: target.settings.fifo ? step.nowMs : message.retainedFromMs,
    sourceArn: queue.arn,
  };
  state.append(target, moved, step);
  step.effects.events.push({
    type: 'deadLettered',
    queue: queue.name,
    messageId: message.messageId,
    to: target.name,
  });
  return true;
}
