import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { type MetricStore, MINUTE_MS } from '../cloudwatch/metric-store.ts';
import { type AlarmDefinition, valuesOf, type WatchedMetric } from './alarm-definition.ts';
import { type AlarmStatus, AlarmStore, type HistoryItem } from './alarm-store.ts';
import { type AlarmState, type Datapoint, decide, evaluationRange } from './decide.ts';
import type { Series } from './expression.ts';
import { type AlarmChange, messageOf, subjectOf } from './notification.ts';
import { reasonOf } from './reason.ts';

export interface AlarmWatchOptions {
  readonly clock: Clock;
  /** States and history; its tables begin with `alarm`. */
  readonly database: DatabaseSync;
  readonly metrics: MetricStore;
  readonly region: string;
  readonly alarms: readonly AlarmDefinition[];
  /** Calls an SNS topic. @throws AwsError when it can't take the message */
  readonly publish: (topicArn: string, message: { readonly subject: string; readonly message: string }) => void;
  /** Called each minute, to record what is no event: processor, memory, how many run. */
  readonly onMinute?: () => void;
  /** Hears of each change of state, after its actions. */
  readonly onChange: (change: AlarmChange) => void;
}

/**
 * Evaluates alarms at each full minute. What an evaluation sees are whole minutes before it, so a state of things (a
 * queue's depth, the tasks that run) is seen a minute after it was taken; CloudWatch is no faster.
 */
export class AlarmWatch {
  readonly #options: AlarmWatchOptions;
  readonly #store: AlarmStore;
  #cancel: () => void = () => {};
  /** Since when the minutes are measured without a gap. */
  #measuredFromMs = Number.POSITIVE_INFINITY;
  #lastMinuteMs = Number.NEGATIVE_INFINITY;

  constructor(options: AlarmWatchOptions) {
    const { alarms, clock, database } = options;
    this.#options = options;
    this.#store = new AlarmStore(database);
    this.#store.keepOnly(alarms.map(({ name }) => name));
    for (const { name, properties } of alarms) this.#store.configure(name, JSON.stringify(properties), clock.now());
  }

  get alarms(): readonly AlarmDefinition[] {
    return this.#options.alarms;
  }

  start(): void {
    this.#arm();
  }

  stop(): void {
    this.#cancel();
  }

  /** Where an alarm stands. @throws Error when there is none of that name */
  status(name: string): AlarmStatus {
    const status = this.#store.find(name);
    if (!status) throw new Error(`There is no alarm ${name}.`);
    return status;
  }

  /** Newest first. */
  history(name: string): HistoryItem[] {
    return this.#store.history(name);
  }

  /** Puts an alarm into a state until its next evaluation, with its actions: a way to try where they lead. */
  setState(name: string, state: AlarmState, reason: string): void {
    const alarm = this.#options.alarms.find((candidate) => candidate.name === name);
    if (!alarm) throw new AwsError('ResourceNotFound', `There is no alarm ${name}.`, 404);
    this.#change(alarm, state, reason);
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(MINUTE_MS - (clock.now() % MINUTE_MS), () => {
      this.#arm();
      this.#minute();
    });
  }

  #minute(): void {
    const { clock, metrics, alarms, onMinute } = this.#options;
    const minuteMs = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
    // A timer that fires a little early comes again.
    if (minuteMs === this.#lastMinuteMs) return;
    // A machine that slept has measured nothing meanwhile.
    if (minuteMs - this.#lastMinuteMs > MINUTE_MS) this.#measuredFromMs = minuteMs;
    this.#lastMinuteMs = minuteMs;
    for (const alarm of alarms) this.#evaluate(alarm, minuteMs);
    metrics.sample();
    onMinute?.();
  }

  #evaluate(alarm: AlarmDefinition, endMs: number): void {
    const range = evaluationRange(alarm.rule);
    const startOf = (index: number): number => endMs - (index + 1) * alarm.periodMs;
    const values = valuesOf(alarm, (metric) => this.#read(metric, { periodMs: alarm.periodMs, range, endMs }));
    const points = Array.from({ length: range }, (_, index): Datapoint => {
      const atMs = startOf(index);
      return { atMs, value: values[index], measured: atMs >= this.#measuredFromMs };
    });
    const verdict = decide(alarm.rule, points);
    if (verdict.state === undefined || verdict.state === this.status(alarm.name).state) return;
    this.#change(alarm, verdict.state, reasonOf(alarm.rule, verdict.state, verdict));
  }

  #read(metric: WatchedMetric, { periodMs, range, endMs }: { periodMs: number; range: number; endMs: number }): Series {
    const startMs = endMs - range * periodMs;
    const series: (number | undefined)[] = Array.from({ length: range }, () => undefined);
    for (const { atMs, value } of this.#options.metrics.recorded({
      ...metric,
      startMs,
      endMs,
      periodMs,
      anchorMs: endMs,
    }))
      series[(endMs - atMs) / periodMs - 1] = value;
    return series;
  }

  #change(alarm: AlarmDefinition, to: AlarmState, reason: string): void {
    const { clock, onChange } = this.#options;
    const status = this.status(alarm.name);
    const atMs = clock.now();
    this.#store.change(status, to, reason, atMs);
    const change = { alarm, from: status.state, to, reason, atMs, configuredAtMs: status.configuredAtMs };
    if (status.state !== to && alarm.properties.ActionsEnabled) this.#act(change);
    onChange(change);
  }

  #act(change: AlarmChange): void {
    const { publish, region } = this.#options;
    const { alarm, to, atMs } = change;
    const { AlarmActions, OKActions, InsufficientDataActions } = alarm.properties;
    const actions = { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[to];
    for (const topicArn of actions) {
      const note = (summary: string, data: object): void =>
        this.#store.add({ name: alarm.name, atMs, type: 'Action', summary, data: JSON.stringify(data) });
      try {
        publish(topicArn, { subject: subjectOf(change, region), message: messageOf(change, region) });
        note(`Successfully executed action ${topicArn}`, { actionState: 'Succeeded', notificationResource: topicArn });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        note(`Failed to execute action ${topicArn}. Received error: "${error.message}"`, {
          actionState: 'Failed',
          notificationResource: topicArn,
          error: error.message,
        });
      }
    }
  }
}
