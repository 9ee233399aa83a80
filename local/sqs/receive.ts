import { deadLetter, isExhausted } from './dead-letter.ts';
import type { StoredMessage } from './message-store.ts';
import type { Queue } from './queue-store.ts';
import { receiptHandle } from './receipt-handle.ts';
import type { SqsState, Step } from './sqs-state.ts';

/** A message in the hands of a consumer. */
export type ReceivedMessage = StoredMessage & { readonly receiptHandle: string };

export interface ReceiveRequest {
  /** 1 to 10. */
  readonly max: number;
  readonly visibilityTimeoutMs: number;
}

/**
 * Takes what a queue can deliver now and puts it in flight; what has been received too often goes to the dead-letter
 * queue instead, as AWS does it: on the receive after the last allowed one.
 */
export function takeMessages(state: SqsState, queue: Queue, request: ReceiveRequest, step: Step): ReceivedMessage[] {
  state.expire(queue, step);
  const take = new Take(state, queue, request, step);
  const pass = queue.settings.fifo ? () => takeFromGroups(take) : () => takeVisible(take);
  // A pass that dead-lettered something may have left room and uncovered what lies behind.
  while (take.left > 0 && pass());
  for (const message of take.taken) {
    const { messageId, receiveCount } = message;
    step.effects.events.push({ type: 'received', queue: queue.name, messageId, receiveCount });
  }
  return take.taken;
}

/** One receive in progress. */
class Take {
  readonly taken: ReceivedMessage[] = [];
  readonly state: SqsState;
  readonly queue: Queue;
  readonly nowMs: number;
  readonly #request: ReceiveRequest;
  readonly #step: Step;
  /** A visibility timeout of 0 leaves what was just taken visible. */
  readonly #seen = new Set<number>();

  constructor(state: SqsState, queue: Queue, request: ReceiveRequest, step: Step) {
    this.state = state;
    this.queue = queue;
    this.nowMs = step.nowMs;
    this.#request = request;
    this.#step = step;
  }

  get left(): number {
    return this.#request.max - this.taken.length;
  }

  saw(message: StoredMessage): boolean {
    return this.#seen.has(message.seq);
  }

  /** Takes a message, or dead-letters it and returns true. */
  takeOrDeadLetter(message: StoredMessage): boolean {
    if (isExhausted(this.queue, message) && deadLetter(this.state, this.queue, message, this.#step)) return true;
    const hidden = this.state.messages.hide(message, this.nowMs + this.#request.visibilityTimeoutMs, this.nowMs);
    this.#seen.add(message.seq);
    this.taken.push({ ...hidden, receiptHandle: receiptHandle(hidden) });
    return false;
  }
}

/** One pass over a standard queue. True when something was dead-lettered on the way. */
function takeVisible(take: Take): boolean {
  let deadLettered = false;
  for (const message of take.state.messages.visible(take.queue.id, take.nowMs, take.left)) {
    if (take.saw(message)) continue;
    if (take.takeOrDeadLetter(message)) deadLettered = true;
  }
  return deadLettered;
}

/** One pass over the unlocked groups of a FIFO queue: as many as possible of one group, in order, then the next group. */
function takeFromGroups(take: Take): boolean {
  let deadLettered = false;
  const { state, queue } = take;
  for (const groupId of state.groups.ready(queue.id, take.nowMs, take.left)) {
    if (take.left === 0) break;
    for (const message of state.messages.ofGroup(queue.id, groupId, take.left)) {
      if (message.visibleAtMs > take.nowMs || take.saw(message)) break;
      if (take.takeOrDeadLetter(message)) deadLettered = true;
    }
    state.regroup(queue, groupId);
  }
  return deadLettered;
}
