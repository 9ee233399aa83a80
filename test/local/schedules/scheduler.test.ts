import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { type Schedule, schedulesOfRule, schedulesOfSchedule } from '../../../local/schedules/schedule.ts';
import { type ScheduledCall, Scheduler } from '../../../local/schedules/scheduler.ts';

const START = Date.parse('2026-11-20T00:00:30Z');
const MINUTE = 60_000;
const ruleArn = 'arn:aws:events:us-east-1:000000000000:rule/r';
const scheduleArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/s';

let clock: VirtualClock;
let scheduler: Scheduler;
let calls: ScheduledCall[];
let failures: unknown[];

beforeEach(() => {
  clock = new VirtualClock(START);
  calls = [];
  failures = [];
  scheduler = new Scheduler({
    clock,
    uuid: () => 'id',
    onFailure: (error) => failures.push(error),
    targets: {
      invoke: (call) => {
        calls.push(call);
        return call.schedule.targetArn === 'broken' ? Promise.reject(new Error('no')) : Promise.resolve();
      },
    },
  });
});

const rule = (more: object = {}, target: object = {}): Schedule[] =>
  schedulesOfRule(
    { ScheduleExpression: 'rate(1 minute)', Targets: [{ Id: 't', Arn: 'fn', ...target }], ...more },
    { name: 'r', arn: ruleArn },
  );
const schedule = (more: object = {}, target: object = {}): Schedule[] =>
  schedulesOfSchedule(
    {
      ScheduleExpression: 'cron(0 9 * * ? *)',
      ScheduleExpressionTimezone: 'America/Sao_Paulo',
      Target: { Arn: 'fn', RoleArn: 'role', ...target },
      ...more,
    },
    { name: 's', arn: scheduleArn },
  );
const run = (schedules: Schedule[]): void => schedules.forEach((one) => scheduler.add(one));

describe('Scheduler', () => {
  it('sends the scheduled event of a rule at each run', async () => {
    run(rule());
    await clock.advance(3 * MINUTE);
    expect(calls.map((call) => call.dueMs - START)).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE]);
    expect(JSON.parse(calls[0]?.input ?? '')).toEqual({
      version: '0',
      id: 'id',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-11-20T00:01:30Z',
      region: 'us-east-1',
      resources: [ruleArn],
      detail: {},
    });
  });

  it('sends the input when the target has one', async () => {
    run([...rule({}, { Input: '{"a":1}' }), ...schedule({}, { Input: '{"at":"<aws.scheduler.scheduled-time>"}' })]);
    await clock.advance(13 * 60 * MINUTE);
    expect(calls[0]?.input).toBe('{"a":1}');
    expect(calls.find((call) => call.schedule.kind === 'schedule')?.input).toBe('{"at":"2026-11-20T12:00:00Z"}');
  });

  it('keeps to the dates and the zone of a schedule', async () => {
    run(schedule({ StartDate: '2026-11-22T00:00:00Z', EndDate: '2026-11-23T12:00:00Z' }));
    await clock.advance(10 * 24 * 60 * MINUTE);
    expect(calls.map((call) => new Date(call.dueMs).toISOString())).toEqual([
      '2026-11-22T12:00:00.000Z',
      '2026-11-23T12:00:00.000Z',
    ]);
    expect(scheduler.nextDueMs('s')).toBeUndefined();
  });

  it('goes on when a target fails', async () => {
    run(rule({}, { Arn: 'broken' }));
    await clock.advance(2 * MINUTE);
    expect(failures).toHaveLength(2);
  });

  it('runs nothing when it is disabled, removed or closed', async () => {
    run([...rule({ State: 'DISABLED' }), ...schedule({ State: 'DISABLED' })]);
    run(rule());
    scheduler.remove('r/t');
    run(schedule());
    scheduler.close();
    await clock.advance(24 * 60 * MINUTE);
    expect(calls).toEqual([]);
  });

  it('refuses what EventBridge refuses', () => {
    expect(() => run(rule({ ScheduleExpression: 'at(2026-12-01T00:00:00)' }))).toThrow(/can't have/);
    expect(() => run(rule({ ScheduleExpression: 'rate(1 minutes)' }))).toThrow(/rate/);
    expect(() => run(schedule({ ScheduleExpressionTimezone: 'Mars/Base' }))).toThrow(/time zone/);
    expect(() => run(rule({}, { InputTransformer: {} }))).toThrow(/InputTransformer/);
  });
});
