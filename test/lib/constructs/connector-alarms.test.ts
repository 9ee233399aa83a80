import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { METRICS_FLUSH_MS } from '#core/domain/pace.ts';
import { Metric } from '#core/observability/metrics.ts';
import { type Counters, makeCounters } from '../../../connector/observability/counters.ts';
import { readAlarm } from '../../../local/alarms/alarm-definition.ts';
import { AlarmWatch } from '../../../local/alarms/alarm-watch.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { MetricStore } from '../../../local/cloudwatch/metric-store.ts';
import { recordEmbeddedMetrics } from '../../../local/runner/embedded-metrics.ts';
import { buildStackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';
import { synthesized } from '../synthesized.ts';

const PLACE = {
  stackName: 'Pombo',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:2',
};
const MINUTE_MS = 60_000;

type Alarm = Parameters<typeof readAlarm>[0];

let definitions: readonly Alarm[];
let clock: VirtualClock;
let watch: AlarmWatch;
let ringing: Set<string>;
let tasks: Counters[];

beforeAll(async () => {
  const { template } = await synthesized();
  const model = buildStackModel(TemplateSchema.parse(template), PLACE);
  definitions = model
    .all('AWS::CloudWatch::Alarm')
    .filter(
      ({ logicalId, properties }) =>
        logicalId.startsWith('ConnectorAlarms') && !JSON.stringify(properties).includes('AWS/ECS'),
    );
});

beforeEach(() => {
  clock = new VirtualClock(Date.parse('2026-11-20T14:00:20Z'));
  const metrics = new MetricStore(clock);
  ringing = new Set();
  watch = new AlarmWatch({
    clock,
    database: new DatabaseSync(':memory:'),
    metrics,
    region: PLACE.region,
    alarms: definitions.map((definition) => readAlarm(definition)),
    publish: () => undefined,
    onMinute: () => undefined,
    onChange({ alarm, to }) {
      const slug = String(alarm.properties.AlarmDescription).split('#')[1] ?? '';
      if (to === 'ALARM') ringing.add(slug);
      else ringing.delete(slug);
    },
  });
  watch.start();
  // Two tasks, whose lines reach CloudWatch as the runner and Lambda's agents pass them on.
  tasks = [1, 2].map(() => makeCounters({ clock, write: (line) => recordEmbeddedMetrics(metrics, line) }));
});

afterEach(() => {
  watch.stop();
  for (const task of tasks) task.stop();
});

/** A minute at a time, with something that happens in each. */
async function minutes(count: number, each: (task: Counters) => void = () => undefined): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    for (const task of tasks) each(task);
    await clock.advance(MINUTE_MS);
  }
}

const open = (sessions: number): void => {
  for (const task of tasks) task.gauge(Metric.sessionsOpen, () => sessions);
};

describe('alarms of the connector', () => {
  it('keep still while numbers are open and each reconnects now and then', async () => {
    open(50);
    for (const task of tasks) {
      task.gauge(Metric.sessionsNeedPerson, () => 0);
      task.gauge(Metric.sessionsQuarantined, () => 0);
      task.gauge(Metric.commandsParked, () => 200);
    }
    await minutes(3, (task) => task.add(Metric.sessionReconnected, 50));
    await minutes(40, (task) => task.add(Metric.sessionReconnected, 5));
    expect([...ringing]).toEqual([]);
  });

  it('keep still in a deployment without sessions, and when no task runs', async () => {
    await minutes(20);
    expect([...ringing]).toEqual([]);
  });

  it.each([
    ['sessions-quarantined', Metric.sessionsQuarantined, 1],
    ['sessions-need-person', Metric.sessionsNeedPerson, 1],
    ['commands-parked', Metric.commandsParked, 10_001],
  ])('%s rings while one task says so, and ends afterwards', async (slug, metric, value) => {
    let now = value;
    tasks[0]?.gauge(metric, () => now);
    tasks[1]?.gauge(metric, () => 0);
    await minutes(6);
    expect([...ringing]).toEqual([slug]);
    now = 0;
    await minutes(11);
    expect([...ringing]).toEqual([]);
  });

  it('sessions-quarantined ends when the last session is gone, and its gauge with it', async () => {
    tasks[0]?.gauge(Metric.sessionsQuarantined, () => 1);
    await minutes(6);
    expect([...ringing]).toEqual(['sessions-quarantined']);
    tasks[0]?.stop();
    // CloudWatch judges by the last three values that it has, before it takes silence for an answer.
    await minutes(21);
    expect([...ringing]).toEqual([]);
  });

  it.each([
    ['sessions-deaf', Metric.connectionDeaf, 11, 10],
    ['connector-silent', Metric.taskSilent, 10_001, 10_000],
  ])('%s rings above its limit over all tasks, and not at it', async (slug, metric, above, at) => {
    tasks[0]?.add(metric, at);
    await minutes(6);
    expect([...ringing]).toEqual([]);
    await minutes(30);
    tasks[0]?.add(metric, 7);
    tasks[1]?.add(metric, above - 7);
    await minutes(2);
    expect([...ringing]).toEqual([slug]);
    await minutes(60);
    expect([...ringing]).toEqual([]);
  });

  it('lease-conflicts rings for tasks that keep on, and not for one that thaws', async () => {
    tasks[0]?.add(Metric.leaseConflicted, 8);
    await minutes(16);
    expect([...ringing]).toEqual([]);
    await minutes(16, (task) => task.add(Metric.leaseConflicted));
    expect([...ringing]).toEqual(['lease-conflicts']);
  });

  it.each([
    ['a whole fleet that flaps', 100, 60],
    ['the one number of a small deployment', 1, 1],
    ['numbers that are never open for long', 0, 1],
  ])('sessions-reconnecting rings for %s', async (_what, sessions, each) => {
    open(sessions);
    await minutes(16, (task) => task.add(Metric.sessionReconnected, each));
    expect([...ringing]).toEqual(['sessions-reconnecting']);
  });

  it('reads lines that tasks write once a minute', () => {
    // The expression of sessions-reconnecting counts on it.
    expect(METRICS_FLUSH_MS).toBe(MINUTE_MS);
  });
});
