import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesized, shortId, synthesized } from '../synthesized.ts';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

describe('ConnectorService', () => {
  it('runs one arm64 task that may take 120 s to hand over, is restarted in place and says how it is', () => {
    expect(stack.only('AWS::ECS::TaskDefinition')).toMatchObject({
      Cpu: '256',
      Memory: '512',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      ContainerDefinitions: [
        {
          Command: ['node', '--enable-source-maps', '--max-old-space-size=288', 'main.mjs'],
          StopTimeout: 120,
          RestartPolicy: { Enabled: true, RestartAttemptPeriod: 60 },
          HealthCheck: { Command: ['CMD', 'node', 'healthcheck.mjs'] },
        },
      ],
    });
  });

  it('replaces tasks side by side and rolls a failed deployment back', () => {
    expect(stack.only('AWS::ECS::Service')).toMatchObject({
      DesiredCount: 1,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      AvailabilityZoneRebalancing: 'DISABLED',
    });
    expect(stack.only('AWS::ECS::Service')).not.toHaveProperty('EnableExecuteCommand');
  });

  it('lets nobody in and only HTTPS out, without a NAT gateway', () => {
    const group = stack.only('AWS::EC2::SecurityGroup');
    expect(group).not.toHaveProperty('SecurityGroupIngress');
    expect(group).toMatchObject({ SecurityGroupEgress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }] });
    expect(stack.ofType('AWS::EC2::NatGateway').size).toBe(0);
    expect(stack.ofType('AWS::EC2::VPCEndpoint').size).toBe(2);
  });

  it('is the only one who may touch auth state and message rows', () => {
    const allowed = [...stack.ofType('AWS::IAM::Policy')]
      .filter(([, policy]) => /DataAuthState|DataMessages/.test(JSON.stringify(policy['PolicyDocument'])))
      .map(([id]) => shortId(id));
    expect(allowed).toEqual(['ConnectorTaskTaskRoleDefaultPolicy']);
  });

  it('gives no role an action by wildcard', () => {
    const actions = [...stack.ofType('AWS::IAM::Policy').values()].flatMap(({ PolicyDocument }) =>
      (PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement.flatMap(({ Action }) => Action),
    );
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });
});
