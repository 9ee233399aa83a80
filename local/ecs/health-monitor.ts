import type { Clock } from '#core/domain/clock.ts';
import type { HealthCheckSpec } from './task-spec.ts';

export type Health = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';

export interface HealthMonitorOptions {
  readonly spec: HealthCheckSpec;
  readonly clock: Clock;
  /** Runs the check once; true for exit code 0. Never rejects. */
  readonly check: () => Promise<boolean>;
  readonly onChange: (health: Health) => void;
}

/** A container's health as Docker and ECS count it: one success makes it healthy, `retries` failures in a row unhealthy. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #startedMs: number;
  #health: Health = 'UNKNOWN';
  #failures = 0;
  #cancel: () => void;
  #stopped = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#cancel = this.#schedule();
  }

  get health(): Health {
    return this.#health;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(): () => void {
    const { clock, spec } = this.#options;
    return clock.after(spec.intervalMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { clock, spec, check } = this.#options;
    const healthy = await check();
    if (this.#stopped) return;
    if (healthy) {
      this.#failures = 0;
      this.#change('HEALTHY');
    } else if (this.#health === 'HEALTHY' || clock.monotonic() - this.#startedMs >= spec.startPeriodMs) {
      this.#failures += 1;
      if (this.#failures >= spec.retries) this.#change('UNHEALTHY');
    }
    this.#cancel = this.#schedule();
  }

  #change(health: Health): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#options.onChange(health);
  }
}
