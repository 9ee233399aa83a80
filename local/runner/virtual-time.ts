import type { Clock } from '#core/domain/clock.ts';
import type { Activity } from '../clock/activity.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { ChildClock, childTimeEnvironment, WorkerClock } from '../clock/worker-clock.ts';
import type { ChildTime } from '../ecs/task.ts';
import type { MakeWorkerTime } from '../lambda/sandbox.ts';

/** Ways by which a virtual clock reaches workers and containers; none of them with the clock of the machine. */
export interface VirtualTime {
  readonly makeTime: MakeWorkerTime | undefined;
  readonly childTime: ChildTime | undefined;
}

const PRELOAD = new URL('../clock/virtual-time-preload.ts', import.meta.url).href;

export function virtualTimeOf(clock: Clock, activity: Activity): VirtualTime {
  if (!(clock instanceof VirtualClock)) return { makeTime: undefined, childTime: undefined };
  /** Counted until the returned function is called. */
  const watch = (time: WorkerClock | ChildClock): (() => void) => {
    const stopWatching = activity.watch(time);
    return () => {
      stopWatching();
      time.close();
    };
  };
  return {
    makeTime() {
      const time = new WorkerClock(clock);
      return { memory: time.memory, touch: () => time.touch(), close: watch(time) };
    },
    childTime: {
      preload: PRELOAD,
      environment: () => childTimeEnvironment(clock),
      attach: (child) => watch(new ChildClock(clock, child)),
    },
  };
}
