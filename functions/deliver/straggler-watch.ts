import type { Clock } from '#core/domain/clock.ts';
import { logger } from '../shared/logger.ts';

/** Looks after the POSTs of one batch, so that a receiver that does not answer holds up only itself. */
export interface StragglerWatch {
  /**
   * Waits for a POST as long as nobody else has to wait for it.
   * @returns undefined if it was given up waiting for; the POST itself goes on, and `late` hears what it brought
   */
  run<T>(post: Promise<T>, late: (result: T) => Promise<void>): Promise<T | undefined>;
  /** Whether a batch waits for a call that has time. Asked once. */
  othersWait(): Promise<boolean>;
  stop(): void;
}

/** A receiver that answers within this time holds nobody up, milliseconds; so long it may take whatever waits behind it. */
const QUICK_MS = 1000;
/** A batch that could be fetched, and is not because all calls are held: SQS gives ten at most. */
const WAITING = 10;

/**
 * A batch ends with its slowest record, and only so many batches are in flight: ten calls to a receiver that hangs for 15 s would
 * hold up everybody for 15 s. So each second it is asked whether messages wait in the queue, and if they do, what is unanswered
 * for a second goes to the backlog of its endpoint. Nothing is asked while receivers answer within a second.
 */
export function makeStragglerWatch(options: {
  readonly clock: Clock;
  /** Messages that could be received now. */
  readonly waiting: () => Promise<number>;
}): StragglerWatch {
  const { clock, waiting } = options;
  const held = new Set<{ readonly sinceMs: number; readonly giveUp: () => void }>();
  let cancel = (): void => undefined;
  let isWatching = false;
  let hasStopped = false;
  let answer: Promise<boolean> | undefined;

  const look = async (): Promise<void> => {
    const nowMs = clock.monotonic();
    const slow = [...held].filter(({ sinceMs }) => nowMs - sinceMs >= QUICK_MS);
    if (slow.length > 0 && (await waitingOrNone(waiting)) >= WAITING) for (const one of slow) one.giveUp();
    isWatching = false;
    watch();
  };
  const watch = (): void => {
    if (isWatching || hasStopped || held.size === 0) return;
    isWatching = true;
    cancel = clock.after(QUICK_MS, () => void look());
  };

  return {
    run(post, late) {
      return new Promise((resolve, reject) => {
        let isGivenUp = false;
        const giveUp = (): void => {
          isGivenUp = true;
          held.delete(entry);
          resolve(undefined);
        };
        const entry = { sinceMs: clock.monotonic(), giveUp };
        held.add(entry);
        watch();
        post.then(
          (result) => {
            held.delete(entry);
            if (isGivenUp) late(result).catch(logLate);
            else resolve(result);
          },
          (error: unknown) => {
            held.delete(entry);
            if (isGivenUp) logLate(error);
            else reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      });
    },
    othersWait() {
      answer ??= waitingOrNone(waiting).then((messages) => messages >= WAITING);
      return answer;
    },
    stop() {
      hasStopped = true;
      cancel();
    },
  };
}

/** A queue that does not say how long it is gives no reason to stop waiting. */
async function waitingOrNone(waiting: () => Promise<number>): Promise<number> {
  try {
    return await waiting();
  } catch (error) {
    logger.warn('queue depth not known', { error: error as Error });
    return 0;
  }
}

const logLate = (error: unknown): void => logger.warn('late answer not noted', { error: error as Error });
