import type { SessionUid } from '#core/domain/ids.ts';
import type { SessionStatus } from '#core/domain/session-status.ts';
import type { HostedSession } from '../sessions/hosted-session.ts';
import { needsPerson } from '../sessions/session-machine.ts';
import type { ShardHost } from './holdings.ts';
import type { ShardWork } from './shard-work.ts';
import type { Tenure } from './tenure.ts';

/** The shards that this task has at work. */
export class Shards implements ShardHost {
  readonly #make: (tenure: Tenure) => ShardWork;
  readonly #read: (shard: number) => Promise<unknown>;
  readonly #works = new Map<number, ShardWork>();

  /** @param options.make puts together what one tenure needs · @param options.read reads the sessions of a shard */
  constructor(options: {
    readonly make: (tenure: Tenure) => ShardWork;
    readonly read: (shard: number) => Promise<unknown>;
  }) {
    this.#make = options.make;
    this.#read = options.read;
  }

  /** Reads the sessions of a shard that is another's still: whoever can't must not be given it. */
  async prepare(shard: number): Promise<void> {
    await this.#read(shard);
  }

  /** Starts the shard's sessions, then takes its commands. */
  async begin(tenure: Tenure): Promise<void> {
    const work = this.#make(tenure);
    this.#works.set(tenure.shard, work);
    await work.begin();
  }

  /** Finishes what is in flight and ends the shard's connections; the links stay. Resolves when another task may begin. */
  async end(shard: number): Promise<void> {
    const work = this.#works.get(shard);
    await work?.end();
    if (this.#works.get(shard) === work) this.#works.delete(shard);
  }

  /** The tenure is over already: everything stops where it is. */
  async drop({ shard, epoch }: Tenure): Promise<void> {
    const work = this.#works.get(shard);
    if (work?.tenure.epoch !== epoch) return;
    this.#works.delete(shard);
    await work.drop();
  }

  /** A session was created: the shard's queue is polled if it was not. */
  wake(shard: number): void {
    this.#works.get(shard)?.wake();
  }

  /** How many sessions the shard has; undefined while they are not loaded. */
  sizeOf(shard: number): number | undefined {
    return this.#works.get(shard)?.size;
  }

  /** All sessions of all shards. */
  hosted(): readonly HostedSession[] {
    return [...this.#works.values()].flatMap(({ supervisor }) => supervisor.hosted());
  }

  /** How many sessions are in this status. */
  count(status: SessionStatus): number {
    return this.hosted().filter(({ session }) => session.status === status).length;
  }

  /** Messages that wait in the table for their session or their time, about; undefined without sessions. */
  parked(): number | undefined {
    const all = this.hosted();
    return all.length === 0 ? undefined : all.reduce((sum, { outbox }) => sum + outbox.diagnostics.parked, 0);
  }

  /** How many sessions wait for a person. */
  needPerson(): number {
    return this.hosted().filter(({ session }) => needsPerson(session.state)).length;
  }

  /** After an error that nobody caught: a new connection for one session. */
  recycle(sessionUid: SessionUid): void {
    for (const { supervisor } of this.#works.values()) supervisor.recycle(sessionUid);
  }
}
