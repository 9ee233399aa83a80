import { type Clock, inTime } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { CommandLanes } from '../outbound/command-lanes.ts';
import type { Hand } from '../outbound/hand.ts';
import type { ShardPoller } from '../outbound/shard-poller.ts';
import type { Supervisor } from '../sessions/supervisor.ts';
import type { Tenure } from './tenure.ts';

/** What an owner does for one shard; made anew for each tenure. */
export interface ShardParts {
  readonly tenure: Tenure;
  readonly queueUrl: string;
  readonly supervisor: Supervisor;
  readonly lanes: CommandLanes;
  readonly hand: Hand;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Begins to take commands. */
  readonly poll: () => ShardPoller;
  /** Nothing new is begun from here on. */
  readonly draining: AbortController;
}

/** Parts of giving a shard away, milliseconds. A nudge ends the poll at once; without it, the poll gives back what it still gets. */
const POLL_ENDS_MS = 2_000;
/** D6: what is in flight may finish. */
const IN_FLIGHT_ENDS_MS = 5_000;
const SESSIONS_END_MS = 15_000;
/** Whoever waited for its session hears that it is gone, and gives its command back. */
const LANES_END_MS = 1_000;

/** One shard at work under one tenure. */
export class ShardWork {
  readonly #parts: ShardParts;
  #poller: ShardPoller | undefined;
  #begun: Promise<void> | undefined;

  constructor(parts: ShardParts) {
    this.#parts = parts;
  }

  get tenure(): Tenure {
    return this.#parts.tenure;
  }

  get supervisor(): Supervisor {
    return this.#parts.supervisor;
  }

  /** How many sessions there are; undefined while they are not loaded. */
  get size(): number | undefined {
    return this.#poller && this.#parts.supervisor.size;
  }

  /** There may be something to do although there were no sessions. */
  wake(): void {
    this.#poller?.wake();
  }

  /** Loads and starts the sessions, then takes commands. Rejects when the shard is lost meanwhile. */
  begin(): Promise<void> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  /** Takes no more commands, finishes what is in flight, flushes the ledgers and ends the connections; the links stay. */
  async end(): Promise<void> {
    const { tenure, queueUrl, supervisor, lanes, hand, draining, logger } = this.#parts;
    logger.info({ shard: tenure.shard }, 'shard ends');
    draining.abort();
    await this.#begun?.catch(() => undefined);
    await this.#atMost(POLL_ENDS_MS, this.#poller?.stop());
    await this.#atMost(IN_FLIGHT_ENDS_MS, lanes.settled());
    await this.#atMost(SESSIONS_END_MS, supervisor.shutdown());
    await this.#atMost(LANES_END_MS, lanes.settled());
    tenure.end();
    await hand.giveBackAll(queueUrl);
  }

  /** The shard is another task's: everything stops where it is. */
  async drop(): Promise<void> {
    const { tenure, queueUrl, supervisor, hand, draining } = this.#parts;
    tenure.end();
    draining.abort();
    await this.#atMost(POLL_ENDS_MS, this.#poller?.stop());
    hand.leaveAll(queueUrl);
    await this.#atMost(SESSIONS_END_MS, supervisor.shutdown());
  }

  async #begin(): Promise<void> {
    const { supervisor, draining, poll } = this.#parts;
    await supervisor.begin(draining.signal);
    if (!draining.signal.aborted) this.#poller = poll();
  }

  async #atMost(ms: number, work: Promise<unknown> | undefined): Promise<void> {
    if (work) await inTime(this.#parts.clock, ms, work);
  }
}
