import type { Clock } from '#core/domain/clock.ts';
import type { ServiceMetrics } from '../alarms/service-metrics.ts';
import { type MeteredTask, TaskMeter } from '../alarms/task-meter.ts';
import { TargetTracking, type TrackingPolicy, type Usage } from '../ecs/target-tracking.ts';
import type { TaskStatus } from '../ecs/task.ts';
import type { TaskSpec } from '../ecs/task-spec.ts';
import type { LogSink } from '../logs/log-line.ts';
import type { Resource, StackModel } from '../template/stack-model.ts';

/** A container service, as far as it is measured and scaled. */
export interface MeteredService {
  readonly name: string;
  readonly desiredCount: number;
  readonly tasks: readonly (MeteredTask & {
    readonly status: TaskStatus;
    readonly options: { readonly spec: Pick<TaskSpec, 'cpuUnits' | 'memoryMb'> };
  })[];
  setDesiredCount(count: number): void;
}

export interface ServiceMeterOptions {
  readonly model: StackModel;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly recorder: Pick<ServiceMetrics, 'used'>;
}

/** Measures once a minute what each task uses, and lets services with scaling have more or fewer of them. */
export class ServiceMeter {
  readonly #options: ServiceMeterOptions;
  readonly #meter: TaskMeter;
  readonly #tracking: ReadonlyMap<string, TargetTracking>;
  #services: readonly MeteredService[] = [];

  constructor(options: ServiceMeterOptions) {
    this.#options = options;
    this.#meter = new TaskMeter(options.clock);
    this.#tracking = new Map(
      options.model
        .all('AWS::ApplicationAutoScaling::ScalableTarget')
        .map((target) => [target.properties.ResourceId, trackingOf(target, options.model)]),
    );
  }

  /** @param services container services in template order */
  watch(services: readonly MeteredService[]): void {
    this.#services = services;
  }

  minute(): void {
    const { model, recorder } = this.#options;
    for (const [index, { name, properties }] of model.all('AWS::ECS::Service').entries()) {
      const service = this.#services[index];
      if (!service) continue;
      const usages = this.#measure(service);
      for (const { cpu, memory } of usages)
        recorder.used({
          clusterName: properties.Cluster,
          serviceName: name,
          processorPercent: cpu,
          memoryPercent: memory,
        });
      this.#scale(service, `service/${properties.Cluster}/${name}`, usages);
    }
    this.#meter.keepOnly(this.#services.flatMap(({ tasks }) => tasks.map(({ id }) => id)));
  }

  #measure({ tasks }: MeteredService): readonly Usage[] {
    return tasks
      .filter(({ status }) => status === 'RUNNING')
      .map((task) => {
        const { cpuUnits, memoryMb } = task.options.spec;
        const { processorPercent, memoryPercent } = this.#meter.read(task, { cpuUnits, memoryMb });
        return { cpu: processorPercent, memory: memoryPercent };
      });
  }

  #scale(service: MeteredService, resourceId: string, usages: readonly Usage[]): void {
    const { clock, log } = this.#options;
    const before = service.desiredCount;
    const wanted = this.#tracking.get(resourceId)?.minute(before, usages, clock.monotonic()) ?? before;
    if (wanted === before) return;
    log({
      part: 'scaling',
      level: 'info',
      text: `${service.name} gets ${wanted} tasks instead of ${before}`,
      fields: {},
    });
    service.setDesiredCount(wanted);
  }
}

/** Tasks that a service of the template wants before scaling has decided anything. */
export function initialCount({ name, properties }: Resource<'AWS::ECS::Service'>, model: StackModel): number {
  const resourceId = `service/${properties.Cluster}/${name}`;
  const target = model
    .all('AWS::ApplicationAutoScaling::ScalableTarget')
    .find(({ properties: { ResourceId } }) => ResourceId === resourceId);
  return Math.max(properties.DesiredCount ?? 1, target?.properties.MinCapacity ?? 0);
}

type Target = Resource<'AWS::ApplicationAutoScaling::ScalableTarget'>;

function trackingOf({ ref, properties }: Target, model: StackModel): TargetTracking {
  const policies = model
    .all('AWS::ApplicationAutoScaling::ScalingPolicy')
    .filter(({ properties: { ScalingTargetId } }) => ScalingTargetId === ref)
    .map((policy) => policyOf(policy.properties.TargetTrackingScalingPolicyConfiguration));
  return new TargetTracking({ policies, min: properties.MinCapacity, max: properties.MaxCapacity });
}

type Tracking =
  Resource<'AWS::ApplicationAutoScaling::ScalingPolicy'>['properties']['TargetTrackingScalingPolicyConfiguration'];

const policyOf = (tracking: Tracking): TrackingPolicy => ({
  metric: /CPU/.test(tracking.PredefinedMetricSpecification.PredefinedMetricType) ? 'cpu' : 'memory',
  target: tracking.TargetValue,
  scaleOutCooldownMs: tracking.ScaleOutCooldown * 1000,
  scaleInCooldownMs: tracking.ScaleInCooldown * 1000,
  scalesIn: !tracking.DisableScaleIn,
});
