import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { HostedSession } from './hosted-session.ts';
import { identityOf, type SessionIdentity } from './session-identity.ts';
import type { SessionRepository } from './session-repository.ts';

export interface SupervisorOptions {
  readonly shard: number;
  readonly rows: SessionRepository;
  /** Makes a session of this process. `row` is absent when only its deletion is left to do. */
  readonly host: (identity: SessionIdentity, row: SessionRow | undefined, onGone: () => void) => HostedSession;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The shard is not ours any more: nothing is tried again. */
  readonly abandoned: AbortSignal;
}

/** Statuses from which only their owner's word leads back. */
const RESTING: ReadonlySet<SessionStatus> = new Set(['logged_out', 'banned', 'stopped']);

/** Holds the sessions of one shard for one tenure of it: made when the shard is taken, gone when it is given away. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #hosted = new Map<SessionUid, HostedSession>();
  /** Their rows are gone on purpose; they need their connection once more to unlink. */
  readonly #deleting = new Set<SessionUid>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Sessions that are held or are about to be deleted. */
  get size(): number {
    return this.#hosted.size;
  }

  /** Loads the sessions of the shard and starts those that are to run. @param ending starts none, rejects if it can't load */
  async begin(ending: AbortSignal): Promise<void> {
    const { shard, rows, clock, logger, abandoned } = this.#options;
    const signal = AbortSignal.any([abandoned, ending]);
    const onFailure = (error: unknown): void => logger.warn({ error, shard }, 'sessions not loaded');
    const found = await keepTrying({ clock, onFailure, signal }, () => rows.listByShard(shard));
    if (signal.aborted) return;
    for (const row of found) this.#begin(row);
    logger.info({ shard, sessions: this.#hosted.size }, 'sessions loaded');
  }

  /** The session of a command; undefined when its uid is dead. Sessions made since the start are found in their table. */
  async find(identity: SessionIdentity): Promise<HostedSession | undefined> {
    const known = this.#hosted.get(identity.sessionUid);
    if (known) return known;
    const row = await keepTrying({ clock: this.#options.clock }, () => this.#options.rows.get(identity.sessionId));
    if (row?.sessionUid !== identity.sessionUid || row.accountId !== identity.accountId) return undefined;
    return this.#host(identityOf(row), row);
  }

  /** The session of a deletion, whose row is gone. */
  forDeletion(identity: SessionIdentity): HostedSession {
    this.#deleting.add(identity.sessionUid);
    return this.#hosted.get(identity.sessionUid) ?? this.#host(identityOf(identity), undefined);
  }

  forget({ sessionUid }: SessionIdentity): void {
    this.#hosted.delete(sessionUid);
    this.#deleting.delete(sessionUid);
  }

  /** Everything that is held now. */
  hosted(): readonly HostedSession[] {
    return [...this.#hosted.values()];
  }

  /** @returns false when it is not held here */
  recycle(sessionUid: SessionUid): boolean {
    const hosted = this.#hosted.get(sessionUid);
    hosted?.session.recycle();
    return hosted !== undefined;
  }

  /** Ends all connections, keeps all links. */
  async shutdown(): Promise<void> {
    await Promise.all([...this.#hosted.values()].map((hosted) => hosted.shutdown()));
  }

  #begin(row: SessionRow): void {
    const hosted = this.#hosted.get(row.sessionUid) ?? this.#host(identityOf(row), row);
    if (row.desired === 'stopped' || RESTING.has(row.status)) return;
    void hosted.begin();
  }

  #host(identity: SessionIdentity, row: SessionRow | undefined): HostedSession {
    const hosted = this.#options.host(identity, row, () => {
      if (!this.#deleting.has(identity.sessionUid)) void hosted.session.stop();
    });
    this.#hosted.set(identity.sessionUid, hosted);
    return hosted;
  }
}
