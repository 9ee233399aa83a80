import type { Clock } from '#core/domain/clock.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { RowTrials } from './row-trials.ts';
import type { Session } from './session.ts';
import type { SessionRepository } from './session-repository.ts';
import type { StartGuard } from './start-guard.ts';
import type { EndTurn } from './start-lanes.ts';

export interface SessionStartsOptions {
  readonly session: Session;
  readonly rows: SessionRepository;
  readonly guard: StartGuard;
  readonly trials: RowTrials;
  /** Publishes what an earlier process left behind. */
  readonly catchUp: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nothing is tried again. */
  readonly abandoned: AbortSignal;
}

/** The starts of one session, each under guard: its row knows while one is under way. */
export class SessionStarts {
  readonly #options: SessionStartsOptions;
  #underWay: Promise<void> | undefined;
  #marked = false;
  #closed = false;

  constructor(options: SessionStartsOptions) {
    this.#options = options;
  }

  /** Never rejects. Two calls at a time are one start. */
  begin(): Promise<void> {
    const { logger, abandoned } = this.#options;
    this.#underWay ??= this.#begin()
      .catch((error: unknown) => {
        if (!abandoned.aborted) logger.error({ error }, 'session not started');
      })
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }

  /** Reads the row again; connects anew when its proxy is another one. */
  async reconnect(): Promise<void> {
    const { session, rows, clock, abandoned: signal } = this.#options;
    const row = await keepTrying({ clock, signal }, () => rows.get(session.identity.sessionId));
    if (row?.sessionUid !== session.identity.sessionUid) return;
    if (session.proxy.choose(row.proxy)) session.recycle();
  }

  /** No more starts; one that is under way goes no further. */
  close(): void {
    this.#closed = true;
  }

  /** The session goes on elsewhere: a start that was still under way did no harm. */
  async end(): Promise<void> {
    const { session, rows, clock, abandoned: signal, logger } = this.#options;
    if (!this.#marked || session.settled || signal.aborted) return;
    await keepTrying({ clock, signal }, () => rows.unmark(session.identity)).catch((error: unknown) =>
      logger.warn({ error }, 'start mark not removed'),
    );
  }

  async #begin(): Promise<void> {
    const { session, guard, rows, trials, catchUp, abandoned } = this.#options;
    // Its work is going on already; there is nothing to read and nothing to load.
    if (session.running) return session.start();
    const admission = await guard.admit(rows, session.identity, abandoned);
    switch (admission.type) {
      case 'gone':
        return;
      case 'quarantined':
        return session.quarantine();
      case 'admitted':
        session.unsettle();
        this.#marked = true;
        if (this.#closed) return admission.end();
        session.liftQuarantine();
        trials.inherit(admission.row);
        session.proxy.choose(admission.row.proxy);
        await this.#work(catchUp, admission.end);
    }
  }

  async #work(catchUp: () => Promise<void>, end: EndTurn): Promise<void> {
    const { session, abandoned } = this.#options;
    try {
      await catchUp();
      if (!this.#closed) await session.start();
    } catch (error) {
      end();
      throw error;
    }
    // Pairing has a throttle of its own, and may take a minute of it.
    if (!session.state.linked || this.#closed) return end();
    void session.until((now) => now.settled, abandoned).then(end);
  }
}
