import type { DeadTask } from '#core/contracts/delivery-task.ts';

/** The machine waits and tries again: it catches an error of this name, and reads the seconds from the message. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  // Lambda logs what a function throws. This one is expected, and where it came from tells nobody anything.
  override readonly stack = undefined;

  /** @param closing the breaker was closed; the next look only sweeps */
  constructor(waitMs: number, closing = false) {
    super(JSON.stringify({ waitSeconds: Math.max(1, Math.ceil(waitMs / 1000)), closing }));
  }
}

/** The machine lets the delivery be finalized: it catches an error of this name, and reads the task from the message. */
export class Exhausted extends Error {
  override readonly name = 'Exhausted';
  override readonly stack = undefined;

  constructor(task: DeadTask) {
    super(JSON.stringify(task));
  }
}
