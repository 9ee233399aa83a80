import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { keepTrying } from '../keep-trying.ts';
import { crashesOf, MOST_CRASHES } from './crashes.ts';
import type { SessionIdentity } from './session-identity.ts';
import type { SessionRepository, Trial, TrialSlot } from './session-repository.ts';

export interface RowTrialsOptions {
  readonly slot: TrialSlot;
  readonly identity: SessionIdentity;
  readonly rows: Pick<SessionRepository, 'trial'>;
  /** Run of this process. */
  readonly incarnation: string;
  readonly clock: Clock;
  /** Resolves when the process is old enough for a trial that would be the last one. */
  readonly readyForLastTrial: (signal: AbortSignal) => Promise<void>;
  /** Ends the attempts to note anything. */
  readonly signal: AbortSignal;
}

/**
 * Work on a row that an earlier process began and did not end: perhaps it died of it. Such work is done one piece after the
 * other, with a note in the session's row for as long as it lasts. Whoever finds a note of another run counts it against that
 * very piece of work. Kills from outside meet the same piece twice, when a start is slow and its first piece the same each time; so the
 * trial that would be the last waits until the process has an age at which it is met by chance alone. Costs two writes for a row that
 * came before, none for all others.
 */
export class RowTrials {
  readonly #options: RowTrialsOptions;
  #past: { readonly key: string; readonly crashes: readonly number[] } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RowTrialsOptions) {
    this.#options = options;
  }

  /** Takes over what the row says of earlier runs. */
  inherit(row: SessionRow | undefined): void {
    const trial = row?.[this.#options.slot];
    if (!trial) return;
    this.#past = { key: trial.key, crashes: crashesOf(trial, this.#options.incarnation, this.#options.clock.now()) };
  }

  /** This piece of work has taken too many tasks down. */
  isBarred(key: string): boolean {
    return this.#past?.key === key && this.#past.crashes.length >= MOST_CRASHES;
  }

  /** @param suspected the process that began it died, of this or of something else */
  run<T>(key: string, suspected: boolean, work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#run(key, suspected, work));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #run<T>(key: string, suspected: boolean, work: () => Promise<T>): Promise<T> {
    const { incarnation, clock, readyForLastTrial, signal } = this.#options;
    const past = this.#past?.key === key ? this.#past.crashes : undefined;
    if (past && past.length + 1 >= MOST_CRASHES) await readyForLastTrial(signal);
    const atMs = clock.now();
    const known = past ?? (suspected ? [atMs] : []);
    await this.#note({ key, incarnation, atMs, crashes: [...known] });
    try {
      return await work();
    } finally {
      // The process is still here; nobody waits for the note to go.
      void this.#note(undefined).catch(() => undefined);
      if (this.#past?.key === key) this.#past = undefined;
    }
  }

  #note(trial: Trial | undefined): Promise<boolean> {
    const { rows, identity, slot, clock, signal } = this.#options;
    return keepTrying({ clock, signal }, () => rows.trial(identity, slot, trial));
  }
}
