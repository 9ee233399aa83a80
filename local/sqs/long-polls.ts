import type { Clock } from '#core/domain/clock.ts';
import type { ReceivedMessage } from './receive.ts';

interface Waiter {
  /** Tries to take messages now. */
  readonly attempt: () => ReceivedMessage[];
  readonly settle: (messages: ReceivedMessage[]) => void;
  readonly fail: (error: unknown) => void;
}

interface Timer {
  readonly dueMs: number;
  readonly cancel: () => void;
}

/**
 * The receives that wait. They are served in the order in which they came; who gets nothing waits on. A queue is
 * looked at when something happens to it and when its next hidden message becomes visible, never in between.
 */
export class LongPolls {
  readonly #clock: Clock;
  readonly #nextReadyAt: (queueId: number) => number | undefined;
  readonly #waiters = new Map<number, Set<Waiter>>();
  readonly #timers = new Map<number, Timer>();

  /** @param nextReadyAt when, in milliseconds, a queue without visible messages may have one by itself */
  constructor(clock: Clock, nextReadyAt: (queueId: number) => number | undefined) {
    this.#clock = clock;
    this.#nextReadyAt = nextReadyAt;
  }

  /** Resolves with the first messages that `attempt` gets, or with none after `waitMs` or when `signal` aborts. */
  wait(
    queueId: number,
    attempt: () => ReceivedMessage[],
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<ReceivedMessage[]> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(queueId) ?? new Set();
      this.#waiters.set(queueId, waiters);
      const leave = (): void => {
        waiters.delete(waiter);
        cancel();
        signal?.removeEventListener('abort', giveUp);
        if (waiters.size === 0) this.#disarm(queueId);
      };
      const waiter: Waiter = {
        attempt,
        settle: (messages) => {
          leave();
          resolve(messages);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const giveUp = (): void => waiter.settle([]);
      const cancel = this.#clock.after(waitMs, giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
      waiters.add(waiter);
      this.#arm(queueId);
    });
  }

  /** Serves those who wait for this queue, as far as it has messages. */
  wake(queueId: number): void {
    const waiters = this.#waiters.get(queueId);
    if (!waiters || waiters.size === 0) return;
    for (const waiter of waiters) {
      if (!serve(waiter)) break;
    }
    if (waiters.size > 0) this.#arm(queueId);
  }

  /** Ends all waits with nothing. */
  close(): void {
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.settle([]);
  }

  /** How many receives wait, over all queues. */
  get waiting(): number {
    return [...this.#waiters.values()].reduce((sum, waiters) => sum + waiters.size, 0);
  }

  #arm(queueId: number): void {
    const dueMs = this.#nextReadyAt(queueId);
    if (this.#timers.get(queueId)?.dueMs === dueMs) return;
    this.#disarm(queueId);
    if (dueMs === undefined) return;
    const fire = (): void => {
      this.#timers.delete(queueId);
      this.wake(queueId);
    };
    // At least a millisecond: a real timer may fire a little before the wall clock gets there.
    const cancel = this.#clock.after(Math.max(1, dueMs - this.#clock.now()), fire);
    this.#timers.set(queueId, { dueMs, cancel });
  }

  #disarm(queueId: number): void {
    this.#timers.get(queueId)?.cancel();
    this.#timers.delete(queueId);
  }
}

/** False when there was nothing to take. */
function serve(waiter: Waiter): boolean {
  try {
    const messages = waiter.attempt();
    if (messages.length === 0) return false;
    waiter.settle(messages);
  } catch (error) {
    waiter.fail(error);
  }
  return true;
}
