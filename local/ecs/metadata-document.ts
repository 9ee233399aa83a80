import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { Health } from './health-monitor.ts';
import type { TaskSpec } from './task-spec.ts';

export interface ContainerDescription {
  readonly taskId: string;
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly spec: TaskSpec;
  readonly status: string;
  readonly health: Health;
  readonly startedAtMs: number;
  readonly restarts: number;
}

/** CPU units of one vCPU. */
const UNITS_PER_VCPU = 1024;

/** The answer of `${ECS_CONTAINER_METADATA_URI_V4}` (task metadata endpoint version 4). */
export function containerDocument(container: ContainerDescription): Record<string, unknown> {
  const { spec, taskArn, taskId, clusterArn } = container;
  const startedAt = new Date(container.startedAtMs).toISOString();
  const region = taskArn.split(':')[3] ?? '';
  return {
    DockerId: `${taskId}-1`,
    Name: spec.containerName,
    DockerName: spec.containerName,
    Image: spec.image,
    ImageID: spec.image.slice(spec.image.lastIndexOf(':') + 1),
    Labels: {
      'com.amazonaws.ecs.cluster': clusterArn,
      'com.amazonaws.ecs.container-name': spec.containerName,
      'com.amazonaws.ecs.task-arn': taskArn,
      'com.amazonaws.ecs.task-definition-family': spec.family,
      'com.amazonaws.ecs.task-definition-version': '1',
    },
    DesiredStatus: container.status === 'RUNNING' ? 'RUNNING' : 'STOPPED',
    KnownStatus: container.status === 'STOPPED' ? 'STOPPED' : 'RUNNING',
    Limits: { CPU: spec.cpuUnits ?? 2, Memory: spec.memoryMb ?? 0 },
    CreatedAt: startedAt,
    StartedAt: startedAt,
    Type: 'NORMAL',
    ContainerARN: `arn:aws:ecs:${region}:${LOCAL_ACCOUNT}:container/${taskArn.split('/').slice(1).join('/')}/1`,
    Health: { status: container.health },
    RestartCount: container.restarts,
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['127.0.0.1'] }],
  };
}

/** The answer of `${ECS_CONTAINER_METADATA_URI_V4}/task`. */
export function taskDocument(container: ContainerDescription): Record<string, unknown> {
  const { spec, taskArn, clusterArn } = container;
  const startedAt = new Date(container.startedAtMs).toISOString();
  const own = containerDocument(container);
  return {
    Cluster: clusterArn,
    TaskARN: taskArn,
    Family: spec.family,
    Revision: '1',
    DesiredStatus: own.DesiredStatus,
    KnownStatus: own.KnownStatus,
    Limits: { CPU: (spec.cpuUnits ?? 0) / UNITS_PER_VCPU, Memory: spec.memoryMb ?? 0 },
    PullStartedAt: startedAt,
    PullStoppedAt: startedAt,
    AvailabilityZone: `${taskArn.split(':')[3]}a`,
    LaunchType: 'FARGATE',
    Containers: [own],
  };
}
