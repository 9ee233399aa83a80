import type { DatabaseSync } from 'node:sqlite';
import { AlarmApi } from '../alarms/alarm-api.ts';
import { readAlarm } from '../alarms/alarm-definition.ts';
import { AlarmWatch } from '../alarms/alarm-watch.ts';
import type { AlarmChange } from '../alarms/notification.ts';
import type { EcsService } from '../ecs/service.ts';
import type { LogSink } from '../logs/log-line.ts';
import type { Deployment } from './deploy-functions.ts';
import { ServiceMeter } from './service-meter.ts';

/** The alarms of a running stack. */
export interface RunningAlarms {
  readonly watch: AlarmWatch;
  /** Hears of each change of state. Returns how to stop. */
  on(listener: (change: AlarmChange) => void): () => void;
  /**
   * Watches from the next full minute on.
   * @param services container services in template order
   */
  start(services: readonly EcsService[]): void;
  stop(): void;
}

/**
 * Makes the alarms of the template.
 * @throws TemplateError on an alarm that could not ring here as it would in AWS
 */
export function deployAlarms({ model, emulators, clock, log }: Deployment, database: DatabaseSync): RunningAlarms {
  const { cloudwatch, metrics, recorder, sns, states } = emulators;
  const listeners = new Set<(change: AlarmChange) => void>();
  const meter = new ServiceMeter({ model, clock, log, recorder });
  const watch = new AlarmWatch({
    clock,
    database,
    metrics,
    region: model.place.region,
    alarms: model.all('AWS::CloudWatch::Alarm').map(readAlarm),
    publish: (topicArn, message) => void sns.publish(topicArn, message),
    onMinute: () => meter.minute(),
    onChange(change) {
      announce(change, log);
      for (const listener of listeners) listener(change);
    },
  });
  cloudwatch.serveAlarms(new AlarmApi(watch));
  const stopCounting = states.on((event) => recorder.executed(event));
  return {
    watch,
    start(running) {
      meter.watch(running);
      watch.start();
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      watch.stop();
      stopCounting();
    },
  };
}

/** A notice on the terminal; descriptions of our alarms are a sentence and, in a second line, where to read on. */
function announce({ alarm, from, to, reason }: AlarmChange, log: LogSink): void {
  const about = (alarm.properties.AlarmDescription ?? alarm.name).replaceAll('\n', ' ');
  if (to === 'ALARM') log({ part: 'alarm', level: 'error', text: `ALARM: ${about}`, fields: { reason } });
  else if (from === 'ALARM') log({ part: 'alarm', level: 'info', text: `No longer: ${about}`, fields: { reason } });
  else log({ part: 'alarm', level: 'debug', text: `${from} -> ${to}: ${about}`, fields: { reason } });
}
