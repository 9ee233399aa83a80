import * as z from 'zod';
import { Env } from '../../core/resource-names.ts';
import type { Template } from '../../lib/validation/template.ts';

type Resource = Template['Resources'][string];

/** A connector service with what it runs. */
export interface Task {
  readonly count: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  /** Whether each task has a public address of its own. */
  readonly publicIp: boolean;
  /** Outbound queues that the service polls; each is polled by one task. */
  readonly shards: number;
}

/** A template, asked for what costs money. */
export interface View {
  all(type: string): readonly Resource[];
  /** @param reference `{ Ref }` or `{ 'Fn::GetAtt' }` @throws Error when it refers to nothing */
  at(reference: unknown): Resource;
  /** Queues that Lambda polls. */
  eventSources(): readonly { readonly fifo: boolean }[];
  /** Queues with a dead-letter queue: those whose length is measured. */
  workQueues(): readonly { readonly fifo: boolean }[];
  /** Metrics of all alarms: CloudWatch bills an alarm on an expression for each metric in it. */
  alarmMetrics(): number;
}

/** Application Auto Scaling makes one alarm for more and one for less (its documentation of target tracking). */
const ALARMS_OF_TARGET_TRACKING = 2;

const ReferenceSchema = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((value) => value['Fn::GetAtt'][0]),
]);

export function viewOf({ Resources }: Template): View {
  const all = (type: string): Resource[] => Object.values(Resources).filter(({ Type }) => Type === type);
  const at = (reference: unknown): Resource => {
    const found = Resources[ReferenceSchema.parse(reference)];
    if (!found) throw new Error(`${JSON.stringify(reference)} refers to nothing`);
    return found;
  };
  return {
    all,
    at,
    eventSources: () =>
      all('AWS::Lambda::EventSourceMapping').map(({ Properties }) => ({
        fifo: at(Properties['EventSourceArn']).Properties['FifoQueue'] === true,
      })),
    workQueues: () =>
      all('AWS::SQS::Queue')
        .filter(({ Properties }) => 'RedrivePolicy' in Properties)
        .map(({ Properties }) => ({ fifo: Properties['FifoQueue'] === true })),
    alarmMetrics: () =>
      all('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0) +
      all('AWS::ApplicationAutoScaling::ScalingPolicy').length * ALARMS_OF_TARGET_TRACKING,
  };
}

const AlarmSchema = z.object({ Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional() });

function metricsOf({ Properties }: Resource): number {
  const { Metrics } = AlarmSchema.parse(Properties);
  return Metrics ? Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length : 1;
}

const ServiceSchema = z.object({
  DesiredCount: z.number().optional(),
  TaskDefinition: z.unknown(),
  NetworkConfiguration: z.object({
    AwsvpcConfiguration: z.object({ AssignPublicIp: z.enum(['ENABLED', 'DISABLED']) }),
  }),
});
const DefinitionSchema = z.object({
  Cpu: z.coerce.number(),
  Memory: z.coerce.number(),
  RuntimePlatform: z.object({ CpuArchitecture: z.literal('ARM64', { error: 'the prices are those of arm64' }) }),
  ContainerDefinitions: z.array(z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })) })),
});

const UNITS_A_VCPU = 1024;
const MIB_A_GB = 1024;

const ScalableTargetSchema = z.object({ MinCapacity: z.number() });

function fewestTasks(view: View): number {
  const [target] = view.all('AWS::ApplicationAutoScaling::ScalableTarget');
  return target ? ScalableTargetSchema.parse(target.Properties).MinCapacity : 1;
}

export function taskOf({ Properties }: Resource, view: View): Task {
  const service = ServiceSchema.parse(Properties);
  const definition = DefinitionSchema.parse(view.at(service.TaskDefinition).Properties);
  const variables = definition.ContainerDefinitions.flatMap(({ Environment }) => Environment);
  const urls = variables.find(({ Name }) => Name === Env.outboundQueueUrls)?.Value;
  return {
    // Where scaling decides, an idle service has the fewest tasks.
    count: service.DesiredCount ?? fewestTasks(view),
    vcpu: definition.Cpu / UNITS_A_VCPU,
    memoryGb: definition.Memory / MIB_A_GB,
    publicIp: service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp === 'ENABLED',
    shards: JSON.stringify(urls ?? '').match(/"Ref"/g)?.length ?? 0,
  };
}
