/** What one task of a service uses of what it reserves, percent. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** A target tracking policy of Application Auto Scaling. */
export interface TrackingPolicy {
  readonly metric: keyof Usage;
  /** Percent. */
  readonly target: number;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly scalesIn: boolean;
}

export interface TrackingOptions {
  readonly policies: readonly TrackingPolicy[];
  readonly min: number;
  readonly max: number;
}

/** AWS's alarm for more: above the target for three minutes. */
const MINUTES_ABOVE = 3;
/** AWS's alarm for less: more than a tenth below the target for fifteen minutes. */
const MINUTES_BELOW = 15;
const BELOW = 0.9;

/**
 * Decides how many tasks a service wants, as Application Auto Scaling's target tracking does: more as soon as one policy says so,
 * fewer only when all do, and each after the cooldown of the last change.
 */
export class TargetTracking {
  readonly #options: TrackingOptions;
  /** Averages over all tasks, newest last. */
  readonly #minutes: Usage[] = [];
  #changedMs = Number.NEGATIVE_INFINITY;

  constructor(options: TrackingOptions) {
    this.#options = options;
  }

  /**
   * One more minute.
   * @param usages of each running task
   * @param nowMs a clock that only moves forward, milliseconds
   * @returns the count that is wanted from now on
   */
  minute(current: number, usages: readonly Usage[], nowMs: number): number {
    if (usages.length === 0) return current;
    this.#minutes.push({ cpu: average(usages, 'cpu'), memory: average(usages, 'memory') });
    if (this.#minutes.length > MINUTES_BELOW) this.#minutes.shift();
    const wanted = this.#wanted(current, nowMs - this.#changedMs);
    if (wanted !== current) this.#changedMs = nowMs;
    return wanted;
  }

  #wanted(current: number, sinceChangeMs: number): number {
    const { policies, min, max } = this.#options;
    const more = policies
      .filter((policy) => sinceChangeMs >= policy.scaleOutCooldownMs && this.#isAbove(policy))
      .map((policy) => this.#capacity(policy, current));
    if (more.length > 0) return Math.min(max, Math.max(current, ...more));
    const agree = policies.every(
      (policy) => policy.scalesIn && sinceChangeMs >= policy.scaleInCooldownMs && this.#isBelow(policy),
    );
    if (!agree) return current;
    const fewer = Math.max(min, ...policies.map((policy) => this.#capacity(policy, current)));
    return Math.min(current, fewer);
  }

  #isAbove({ metric, target }: TrackingPolicy): boolean {
    const last = this.#minutes.slice(-MINUTES_ABOVE);
    return last.length === MINUTES_ABOVE && last.every((usage) => usage[metric] > target);
  }

  #isBelow({ metric, target }: TrackingPolicy): boolean {
    return this.#minutes.length === MINUTES_BELOW && this.#minutes.every((usage) => usage[metric] < BELOW * target);
  }

  /** The count at which the present load would be at the target. */
  #capacity({ metric, target }: TrackingPolicy, current: number): number {
    return Math.ceil((current * (this.#minutes.at(-1)?.[metric] ?? 0)) / target);
  }
}

const average = (usages: readonly Usage[], metric: keyof Usage): number =>
  usages.reduce((sum, usage) => sum + usage[metric], 0) / usages.length;
