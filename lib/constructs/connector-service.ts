import { Duration } from 'aws-cdk-lib';
import {
  AvailabilityZoneRebalancing,
  Cluster,
  ContainerInsights,
  FargateService,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { DeploymentConfig } from '../config/deployment-config.ts';
import { ConnectorAlarms } from './connector-alarms.ts';
import { ConnectorNetwork } from './connector-network.ts';
import { ConnectorTask, type ConnectorTaskProps } from './connector-task.ts';

/** More than this on average, and a further task is started: above 80 % heartbeats come late. */
const CPU_TARGET_PERCENT = 60;
/** An idle session costs memory and nothing else; the rest is for a dead neighbour's shards. */
const MEMORY_TARGET_PERCENT = 70;
/** A new task takes about a minute to start and to get its shards; before that the load says nothing new. */
const SCALE_OUT_COOLDOWN = Duration.minutes(3);
/** Each task that goes reconnects all its numbers, so one an hour, and none before both targets have been far for 15 minutes. */
const SCALE_IN_COOLDOWN = Duration.hours(1);

export type ConnectorServiceProps = ConnectorTaskProps;

/** The long-running tasks that hold the WhatsApp sockets. */
export class ConnectorService extends Construct {
  readonly service: FargateService;

  constructor(scope: Construct, id: string, props: ConnectorServiceProps) {
    super(scope, id);
    const { config } = props.deployment;
    const { taskCount, maxTaskCount = taskCount } = config;
    const network = new ConnectorNetwork(this, 'Network', config);
    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    const scales = maxTaskCount > taskCount;
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: new ConnectorTask(this, 'Task', props),
      // A count in the template would undo with each deployment what scaling has done.
      ...(scales ? {} : { desiredCount: taskCount }),
      // Old and new run side by side while sessions are handed over (design: house-style deviation, D6).
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      // Every move of a task reconnects numbers; balance between zones is not worth that.
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
      assignPublicIp: network.assignPublicIp,
      securityGroups: [network.securityGroup],
      propagateTags: PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
    });
    if (scales) this.#scale({ taskCount, maxTaskCount });
    new ConnectorAlarms(this, 'Alarms', { service: this.service, taskCount, failures: props.failures });
  }

  #scale({ taskCount, maxTaskCount }: Required<Pick<DeploymentConfig, 'taskCount' | 'maxTaskCount'>>): void {
    const count = this.service.autoScaleTaskCount({ minCapacity: taskCount, maxCapacity: maxTaskCount });
    const cooldown = { scaleOutCooldown: SCALE_OUT_COOLDOWN, scaleInCooldown: SCALE_IN_COOLDOWN };
    count.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_TARGET_PERCENT, ...cooldown });
    count.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: MEMORY_TARGET_PERCENT, ...cooldown });
  }
}
