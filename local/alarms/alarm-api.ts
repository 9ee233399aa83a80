import * as z from 'zod';
import type { AlarmDefinition } from './alarm-definition.ts';
import type { AlarmWatch } from './alarm-watch.ts';

const stateValue = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
/** CloudWatch's words of what it does with alarms; one machine answers everything on one page. */
const page = { MaxRecords: z.number().optional(), NextToken: z.undefined().optional() };
const describeInput = z.strictObject({
  AlarmNames: z.array(z.string()).optional(),
  AlarmNamePrefix: z.string().default(''),
  AlarmTypes: z.array(z.string()).optional(),
  StateValue: stateValue.optional(),
  ...page,
});
const historyInput = z.strictObject({
  AlarmName: z.string(),
  HistoryItemType: z.enum(['ConfigurationUpdate', 'StateUpdate', 'Action']).optional(),
  ...page,
});
const setInput = z.strictObject({
  AlarmName: z.string(),
  StateValue: stateValue,
  StateReason: z.string(),
  StateReasonData: z.string().optional(),
});

/** What CloudWatch's API does with alarms. Times in its answers are seconds since the epoch. */
export class AlarmApi {
  readonly #watch: AlarmWatch;

  constructor(watch: AlarmWatch) {
    this.#watch = watch;
  }

  /** @throws ZodError */
  describeAlarms(input: unknown): object {
    const { AlarmNames, AlarmNamePrefix, StateValue } = describeInput.parse(input);
    const alarms = this.#watch.alarms
      .filter(({ name }) => AlarmNames?.includes(name) ?? name.startsWith(AlarmNamePrefix))
      .map((alarm) => this.#describe(alarm))
      .filter((alarm) => StateValue === undefined || alarm.StateValue === StateValue);
    return { MetricAlarms: alarms, CompositeAlarms: [] };
  }

  /** @throws ZodError */
  describeAlarmHistory(input: unknown): object {
    const { AlarmName, HistoryItemType } = historyInput.parse(input);
    const items = this.#watch
      .history(AlarmName)
      .filter(({ type }) => HistoryItemType === undefined || type === HistoryItemType);
    return {
      AlarmHistoryItems: items.map(({ name, atMs, type, summary, data }) => ({
        AlarmName: name,
        AlarmType: 'MetricAlarm',
        Timestamp: atMs / 1000,
        HistoryItemType: type,
        HistorySummary: summary,
        HistoryData: data,
      })),
    };
  }

  /** Rings an alarm until its next evaluation. @throws ZodError, AwsError ResourceNotFound */
  setAlarmState(input: unknown): object {
    const { AlarmName, StateValue, StateReason } = setInput.parse(input);
    this.#watch.setState(AlarmName, StateValue, StateReason);
    return {};
  }

  #describe({ name, arn, rule, properties }: AlarmDefinition) {
    const { state, reason, changedAtMs, configuredAtMs } = this.#watch.status(name);
    const { Tags: _, ...given } = properties;
    return {
      ...given,
      AlarmName: name,
      AlarmArn: arn,
      AlarmConfigurationUpdatedTimestamp: configuredAtMs / 1000,
      DatapointsToAlarm: rule.datapointsToAlarm,
      StateValue: state,
      StateReason: reason,
      StateUpdatedTimestamp: changedAtMs / 1000,
      StateTransitionedTimestamp: changedAtMs / 1000,
    };
  }
}
