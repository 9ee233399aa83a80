import * as z from 'zod';
import { InvalidSchedule } from './cron-expression.ts';

/** One schedule and what it calls. */
export interface Schedule {
  /** Of the rule (with the target's id) or schedule; unique among the schedules of a `Scheduler`. */
  readonly name: string;
  /** ARN of the rule or schedule, which the event names. */
  readonly arn: string;
  /** `rule` for `AWS::Events::Rule`, `schedule` for `AWS::Scheduler::Schedule`: their events differ. */
  readonly kind: 'rule' | 'schedule';
  readonly expression: string;
  /** IANA name; rules are always UTC. */
  readonly timezone: string;
  readonly targetArn: string;
  /** JSON text that the target gets instead of the scheduled event. */
  readonly input: string | undefined;
  /** Role under which the target is called. */
  readonly roleArn: string | undefined;
  /** Milliseconds since the epoch; a schedule runs from the first on, until the second. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

const rule = z.object({
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).optional(),
  Targets: z
    .array(
      z.object({
        Id: z.string(),
        Arn: z.string(),
        Input: z.string().optional(),
        RoleArn: z.string().optional(),
        InputPath: z.undefined({ error: 'InputPath does not run here' }).optional(),
        InputTransformer: z.undefined({ error: 'InputTransformer does not run here' }).optional(),
      }),
    )
    .default([]),
});

const schedule = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  StartDate: z.string().optional(),
  EndDate: z.string().optional(),
  Target: z.object({ Arn: z.string(), RoleArn: z.string(), Input: z.string().optional() }),
});

/**
 * The schedules of an `AWS::Events::Rule`, one for each target; none when it is disabled or has no schedule.
 *
 * @param properties of the template, intrinsic functions resolved
 * @throws InvalidSchedule
 */
export function schedulesOfRule(properties: unknown, of: { name: string; arn: string }): Schedule[] {
  const { ScheduleExpression: expression, State, Targets } = read(rule, properties, of.name);
  if (expression === undefined || State === 'DISABLED') return [];
  if (expression.startsWith('at(')) throw new InvalidSchedule(`${of.name}: a rule can't have ${expression}.`);
  return Targets.map((target) => ({
    name: `${of.name}/${target.Id}`,
    arn: of.arn,
    kind: 'rule',
    expression,
    timezone: 'UTC',
    targetArn: target.Arn,
    input: target.Input,
    roleArn: target.RoleArn,
    startMs: undefined,
    endMs: undefined,
  }));
}

/** The schedule of an `AWS::Scheduler::Schedule`; none when it is disabled. @throws InvalidSchedule */
export function schedulesOfSchedule(properties: unknown, of: { name: string; arn: string }): Schedule[] {
  const given = read(schedule, properties, of.name);
  if (given.State === 'DISABLED') return [];
  return [
    {
      name: of.name,
      arn: of.arn,
      kind: 'schedule',
      expression: given.ScheduleExpression,
      timezone: given.ScheduleExpressionTimezone ?? 'UTC',
      targetArn: given.Target.Arn,
      input: given.Target.Input,
      roleArn: given.Target.RoleArn,
      startMs: given.StartDate === undefined ? undefined : Date.parse(given.StartDate),
      endMs: given.EndDate === undefined ? undefined : Date.parse(given.EndDate),
    },
  ];
}

function read<T>(schema: z.ZodType<T>, properties: unknown, name: string): T {
  const parsed = schema.safeParse(properties);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new InvalidSchedule(`${name}: ${faults.join('; ')}`);
}
