import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { keepTrying } from '../keep-trying.ts';
import { crashesOf, MOST_CRASHES, recentCrashes } from './crashes.ts';
import type { SessionIdentity } from './session-identity.ts';
import type { SessionRepository, StartMark } from './session-repository.ts';
import { type EndTurn, StartLanes } from './start-lanes.ts';

export interface StartGuardOptions {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Whether a session may be started. */
export type Admission =
  /** Call `end` when the start is over, in whichever way. */
  | { readonly type: 'admitted'; readonly row: SessionRow; readonly end: EndTurn }
  | { readonly type: 'quarantined' }
  /** It was deleted. */
  | { readonly type: 'gone' };

/** After so many it is started with no other beside it, so that the next crash has one culprit. */
const ALONE_AFTER = 1;
/**
 * … and not before the process has lived for this long, milliseconds: a process that somebody else kills again and again dies
 * before it comes to that, and nobody is blamed.
 */
const TRIAL_AFTER_MS = 5000;
/**
 * The trial that would put it into quarantine comes later still, milliseconds: a kill from outside meets the same number's
 * half second twice in a row only by chance, and hardly ever at a given age of the process.
 */
const LAST_TRIAL_AFTER_MS = 20_000;
/** A start that takes longer is stuck in something that does not end the process. */
const LONGEST_START_MS = 30_000;

/**
 * Knows which sessions were being started when a process died. Before a session's rows are read and its keys are loaded, a
 * mark is put into its row; the status that ends the start takes it away (`SessionRepository.update`). Whoever finds a mark
 * of another run at a start counts it: one of several that were started together is not yet to blame, so after the first
 * the session is started alone, and after two more deaths within the hour, both in a trial of its own, it is not started any
 * more. A start that succeeds clears the count; so does its owner's next start. Costs one write a start.
 */
export class StartGuard {
  readonly #clock: Clock;
  readonly #lanes = new StartLanes();
  /** A name for this run of the process. */
  readonly incarnation: string;
  readonly #bornMs: number;

  constructor({ clock, random }: StartGuardOptions) {
    this.#clock = clock;
    this.#bornMs = clock.monotonic();
    this.incarnation = Math.floor(random() * 2 ** 48).toString(16);
  }

  /** Resolves when it is this session's turn and its mark is durable. @throws what ended the attempts: `signal` */
  async admit(rows: SessionRepository, identity: SessionIdentity, signal: AbortSignal): Promise<Admission> {
    const persistence = { clock: this.#clock, signal };
    const end = this.#bounded(await this.#lanes.together());
    try {
      const unsuspected = await keepTrying(persistence, () => rows.markStart(identity, this.#mark(false)));
      if (unsuspected) return { type: 'admitted', row: unsuspected, end };
      const row = await keepTrying(persistence, () => rows.get(identity.sessionId));
      if (row?.sessionUid !== identity.sessionUid) return refused(end, 'gone');
      const crashes = this.#crashesOf(row);
      const ofRow = row.rowTrial ? crashesOf(row.rowTrial, this.incarnation, this.#clock.now()) : [];
      if (ofRow.length < MOST_CRASHES && crashes.length < ALONE_AFTER) {
        const marked = await keepTrying(persistence, () => rows.suspect(identity, crashes, this.#mark(false)));
        return marked ? { type: 'admitted', row, end } : refused(end, 'gone');
      }
      end();
      const ofStarts = crashes.length >= MOST_CRASHES && row.startMark?.alone !== false;
      if (ofStarts || ofRow.length >= MOST_CRASHES) {
        await keepTrying(persistence, () => rows.suspect(identity, [], undefined));
        return { type: 'quarantined' };
      }
      return await this.#alone(rows, { identity, row, crashes, signal });
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Resolves when the process is old enough for a piece of work whose next death would be its last. @throws what `signal` says */
  readyForLastTrial(signal: AbortSignal): Promise<void> {
    return this.#lived(LAST_TRIAL_AFTER_MS, signal);
  }

  #lived(ms: number, signal: AbortSignal): Promise<void> {
    return sleep(this.#clock, Math.max(0, this.#bornMs + ms - this.#clock.monotonic()), signal);
  }

  async #alone(
    rows: SessionRepository,
    suspect: {
      readonly identity: SessionIdentity;
      readonly row: SessionRow;
      readonly crashes: readonly number[];
      readonly signal: AbortSignal;
    },
  ): Promise<Admission> {
    const { identity, row, crashes, signal } = suspect;
    if (crashes.length + 1 < MOST_CRASHES) await this.#lived(TRIAL_AFTER_MS, signal);
    else await this.readyForLastTrial(signal);
    const end = this.#bounded(await this.#lanes.alone());
    try {
      const persistence = { clock: this.#clock, signal };
      const marked = await keepTrying(persistence, () => rows.suspect(identity, crashes, this.#mark(true)));
      return marked ? { type: 'admitted', row, end } : refused(end, 'gone');
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Those of the last hour, with the one that a mark of another run tells of. */
  #crashesOf({ crashes = [], startMark }: SessionRow): readonly number[] {
    const left = startMark && startMark.incarnation !== this.incarnation ? [startMark.atMs] : [];
    return recentCrashes([...crashes, ...left], this.#clock.now()).slice(-MOST_CRASHES - 1);
  }

  #mark(alone: boolean): StartMark {
    return { incarnation: this.incarnation, atMs: this.#clock.now(), alone };
  }

  #bounded(end: EndTurn): EndTurn {
    const cancel = this.#clock.after(LONGEST_START_MS, end);
    return () => {
      cancel();
      end();
    };
  }
}

function refused(end: EndTurn, type: 'gone'): Admission {
  end();
  return { type };
}
