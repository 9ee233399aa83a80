import type { SessionEvent } from '#core/contracts/event.ts';
import type { Clock } from '#core/domain/clock.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionIdentity } from './session-identity.ts';
import type { SessionChanges, SessionRepository } from './session-repository.ts';

export interface SessionReporterOptions {
  readonly identity: SessionIdentity;
  readonly rows: SessionRepository;
  readonly publish: (event: SessionEvent) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The row is gone: the session was deleted. */
  readonly onGone: () => void;
  /** Ends the attempts of a report. */
  readonly signal: AbortSignal;
}

/**
 * Tells the world where a session is: its row first, then an event for each change of status. One report after the other;
 * of reports that only differ in their QR the latest is enough.
 */
export class SessionReporter {
  readonly #options: SessionReporterOptions;
  #waiting: SessionChanges[] = [];
  #working: Promise<void> | undefined;
  #announced: string | undefined;
  #gone = false;

  constructor(options: SessionReporterOptions) {
    this.#options = options;
  }

  /** Whose change of status needs no event: the row already says it. */
  assume(status: SessionChanges['status']): void {
    this.#announced = status;
  }

  report(changes: SessionChanges): void {
    if (this.#gone) return;
    const last = this.#waiting.at(-1);
    if (last?.status === changes.status) this.#waiting.pop();
    this.#waiting.push(changes);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when everything that was reported is told. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    const { logger } = this.#options;
    for (let changes = this.#waiting.shift(); changes && !this.#gone; changes = this.#waiting.shift()) {
      try {
        await this.#tell(changes);
      } catch (error) {
        logger.error({ error }, 'session status not reported');
      }
    }
  }

  async #tell(changes: SessionChanges): Promise<void> {
    const { identity, rows, publish, clock, signal, onGone, logger } = this.#options;
    const persistence = { clock, signal, onFailure: (error: unknown) => logger.warn({ error }, 'report failed') };
    const known = await keepTrying(persistence, () => rows.update(identity, changes));
    if (!known) {
      this.#gone = true;
      onGone();
      return;
    }
    if (changes.status === this.#announced) return;
    this.#announced = changes.status;
    await keepTrying(persistence, () => publish(eventOf(identity, changes)));
  }
}

function eventOf(identity: SessionIdentity, changes: SessionChanges): SessionEvent {
  const { status, reason, reasonCode, sinceMs, phoneNumber = '' } = changes;
  return {
    version: 1,
    type: 'session',
    eventId: eventIdOf(identity.sessionUid, 'session', status, String(sinceMs)),
    ...identity,
    displayPhoneNumber: phoneNumber,
    occurredAtMs: sinceMs,
    status,
    ...(reason !== undefined && { reason }),
    ...(reasonCode !== undefined && { reasonCode }),
  };
}
