import type { Clock } from '#core/domain/clock.ts';
import type { SessionReasonCode } from '#core/domain/session-reasons.ts';
import { within } from './connect-pace.ts';

/** The end of a connection. */
export interface Disconnect {
  readonly code: number;
  readonly reasonCode: SessionReasonCode;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Ends of connections that are kept. */
const DISCONNECTS_KEPT = 10;
/** Reconnects that are counted: far more than backoff allows in an hour of trouble. */
const RECONNECTS_KEPT = 2000;

/** What happened to a session since this process has it, for those who look into it. */
export class SessionVitals {
  readonly #clock: Clock;
  #disconnects: readonly Disconnect[] = [];
  #reconnects: readonly number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Newest first. */
  get disconnects(): readonly Disconnect[] {
    return this.#disconnects;
  }

  closed(code: number, reasonCode: SessionReasonCode): void {
    const end = { code, reasonCode, atMs: this.#clock.now() };
    this.#disconnects = [end, ...this.#disconnects].slice(0, DISCONNECTS_KEPT);
  }

  reconnected(): void {
    this.#reconnects = [...this.#reconnects, this.#clock.monotonic()].slice(-RECONNECTS_KEPT);
  }

  get reconnectsLastHour(): number {
    return within(this.#reconnects, HOUR_MS, this.#clock.monotonic()).length;
  }

  get reconnectsLastDay(): number {
    return within(this.#reconnects, DAY_MS, this.#clock.monotonic()).length;
  }
}
