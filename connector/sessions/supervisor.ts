import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { HostedSession } from './session-host.ts';
import { identityOf, type SessionIdentity } from './session-identity.ts';
import { needsPerson } from './session-machine.ts';
import type { SessionRepository } from './session-repository.ts';

export interface SupervisorOptions {
  readonly shards: number;
  readonly rows: SessionRepository;
  /** Makes a session of this process. `row` is absent when only its deletion is left to do. */
  readonly host: (identity: SessionIdentity, row: SessionRow | undefined, onGone: () => void) => HostedSession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Statuses from which only their owner's word leads back. */
const RESTING: ReadonlySet<SessionStatus> = new Set(['logged_out', 'banned', 'stopped']);

/** Holds the sessions of this process. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #hosted = new Map<SessionUid, HostedSession>();
  /** Their rows are gone on purpose; they need their connection once more to unlink. */
  readonly #deleting = new Set<SessionUid>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Loads the sessions of all shards and starts those that are to run. */
  async begin(): Promise<void> {
    const { shards, rows, clock, logger } = this.#options;
    for (let shard = 0; shard < shards; shard++) {
      const onFailure = (error: unknown): void => logger.warn({ error, shard }, 'sessions not loaded');
      const found = await keepTrying({ clock, onFailure }, () => rows.listByShard(shard));
      for (const row of found) this.#begin(row);
    }
    logger.info({ sessions: this.#hosted.size }, 'sessions loaded');
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

  recycle(sessionUid: SessionUid): void {
    this.#hosted.get(sessionUid)?.session.recycle();
  }

  /** How many sessions are in this status. */
  count(status: SessionStatus): number {
    return [...this.#hosted.values()].filter(({ session }) => session.status === status).length;
  }

  /** How many sessions wait for a person. */
  needPerson(): number {
    return [...this.#hosted.values()].filter(({ session }) => needsPerson(session.state)).length;
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
