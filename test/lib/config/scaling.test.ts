import { describe, expect, it } from 'vitest';
import { type Properties, type Synthesized, synthesized } from '../synthesized.ts';

const all = (stack: Synthesized, type: string): Properties[] => [...stack.ofType(type).values()];

describe('option maxTaskCount', () => {
  it('scales on CPU and memory, and leaves the count to it', async () => {
    const stack = await synthesized({ taskCount: 2, maxTaskCount: 6 });
    expect(stack.only('AWS::ECS::Service')).not.toHaveProperty('DesiredCount');
    expect(stack.only('AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({
      MinCapacity: 2,
      MaxCapacity: 6,
      ScalableDimension: 'ecs:service:DesiredCount',
    });
    const policies = all(stack, 'AWS::ApplicationAutoScaling::ScalingPolicy').map((policy) => [
      policy['PolicyType'],
      policy['TargetTrackingScalingPolicyConfiguration'],
    ]);
    expect(policies).toEqual([
      ['TargetTrackingScaling', tracking('ECSServiceAverageCPUUtilization', 60)],
      ['TargetTrackingScaling', tracking('ECSServiceAverageMemoryUtilization', 70)],
    ]);
    expect(stack.only('AWS::CloudWatch::Alarm', 'ConnectorAlarmsTasksMissing')['Threshold']).toBe(2);
  });

  const tracking = (PredefinedMetricType: string, TargetValue: number): object => ({
    PredefinedMetricSpecification: { PredefinedMetricType },
    TargetValue,
    ScaleOutCooldown: 180,
    ScaleInCooldown: 3600,
  });

  it.each([{}, { taskCount: 3, maxTaskCount: 3 }])('brings nothing with %j', async (config) => {
    const types = Object.values((await synthesized(config)).template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith('AWS::ApplicationAutoScaling'))).toEqual([]);
  });
});
