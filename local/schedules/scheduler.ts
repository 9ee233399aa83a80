import { randomUUID } from 'node:crypto';
import type { Clock } from '#core/domain/clock.ts';
import { Activity } from '../clock/activity.ts';
import { checkSchedule, nextRun } from './next-run.ts';
import type { Schedule } from './schedule.ts';

/** One run of a schedule. */
export interface ScheduledCall {
  readonly schedule: Schedule;
  /** JSON text for the target. */
  readonly input: string;
  /** When the run was due, milliseconds since the epoch. */
  readonly dueMs: number;
}

/** Calls targets: functions asynchronously, queues, topics, state machines. */
export interface ScheduleTargets {
  invoke(call: ScheduledCall): Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly targets: ScheduleTargets;
  /** Hears of a call that failed. EventBridge would try again for a day; functions are retried by their own queue. */
  readonly onFailure: (error: unknown, call: ScheduledCall) => void;
  /** @default us-east-1 */
  readonly region?: string;
  /** Counts calls under way. */
  readonly activity?: Activity;
  /** Id of each event. @default crypto.randomUUID */
  readonly uuid?: () => string;
}

/**
 * EventBridge rules and schedules on one machine. Runs that fell due while it was not running are not
 * made up for, as in AWS; a rate counts from the time at which the schedule was added.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #activity: Activity;
  readonly #timers = new Map<string, { readonly dueMs: number; readonly cancel: () => void }>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#activity = options.activity ?? new Activity();
  }

  /** Runs `schedule` from now on; replaces one of the same name. @throws InvalidSchedule */
  add(schedule: Schedule): void {
    checkSchedule(schedule.expression, schedule.timezone);
    this.remove(schedule.name);
    this.#arm(schedule, Math.max(this.#options.clock.now(), (schedule.startMs ?? 0) - 1));
  }

  remove(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  /** When the schedule runs next, milliseconds since the epoch; undefined when it does not run again. */
  nextDueMs(name: string): number | undefined {
    return this.#timers.get(name)?.dueMs;
  }

  close(): void {
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #arm(schedule: Schedule, afterMs: number): void {
    const { clock } = this.#options;
    const dueMs = nextRun(schedule.expression, afterMs, schedule.timezone);
    if (dueMs === undefined || (schedule.endMs !== undefined && dueMs > schedule.endMs)) {
      this.#timers.delete(schedule.name);
      return;
    }
    const cancel = clock.after(dueMs - clock.now(), () => {
      // A machine that slept wakes late: what fell due meanwhile is not made up for.
      const isRate = schedule.expression.startsWith('rate(');
      this.#arm(schedule, isRate ? lastBefore(schedule, dueMs, clock.now()) : Math.max(dueMs, clock.now()));
      void this.#call(schedule, dueMs);
    });
    this.#timers.set(schedule.name, { dueMs, cancel });
  }

  async #call(schedule: Schedule, dueMs: number): Promise<void> {
    const { targets, onFailure } = this.#options;
    const call = { schedule, input: this.#input(schedule, dueMs), dueMs };
    try {
      await this.#activity.during(targets.invoke(call));
    } catch (error) {
      onFailure(error, call);
    }
  }

  #input(schedule: Schedule, dueMs: number): string {
    const id = (this.#options.uuid ?? randomUUID)();
    const time = new Date(dueMs).toISOString().replace('.000Z', 'Z');
    if (schedule.input !== undefined) {
      return schedule.kind === 'rule' ? schedule.input : withContext(schedule, schedule.input, { id, time });
    }
    return JSON.stringify({
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: schedule.kind === 'rule' ? 'aws.events' : 'aws.scheduler',
      account: schedule.arn.split(':')[4] ?? '',
      time,
      region: this.#options.region ?? 'us-east-1',
      resources: [schedule.arn],
      detail: schedule.kind === 'rule' ? {} : '{}',
    });
  }
}

/** The last run of a rate that is not after `nowMs`. */
function lastBefore(schedule: Schedule, dueMs: number, nowMs: number): number {
  const everyMs = (nextRun(schedule.expression, dueMs) ?? dueMs) - dueMs;
  return dueMs + Math.floor(Math.max(0, nowMs - dueMs) / everyMs) * everyMs;
}

/** EventBridge Scheduler fills these in wherever they stand in the input. */
function withContext(schedule: Schedule, input: string, of: { id: string; time: string }): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
    .replaceAll('<aws.scheduler.scheduled-time>', of.time)
    .replaceAll('<aws.scheduler.execution-id>', of.id)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}
