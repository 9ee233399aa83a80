import { describe, expect, it } from 'vitest';
import type { DeploymentConfig } from '../../../lib/config/deployment-config.ts';
import { type Synthesized, shortId, synthesized } from '../synthesized.ts';

function containerVariables(stack: Synthesized): Record<string, unknown> {
  const [container] = stack.only('AWS::ECS::TaskDefinition')['ContainerDefinitions'] as [
    { Environment: { Name: string; Value: unknown }[] },
  ];
  return Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]));
}

describe('option proxies', () => {
  const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy-Ab12Cd';
  const PARAMETER = 'arn:aws:ssm:us-east-1:123456789012:parameter/proxies/rio';
  const PROXIES: DeploymentConfig['proxies'] = [
    { name: 'sao-paulo', protocol: 'socks5', host: '203.0.113.7', port: 1080, secretArn: SECRET },
    { name: 'rio', protocol: 'http', host: 'proxy.example.com', port: 3128, secretArn: PARAMETER },
    { name: 'open', protocol: 'https', host: 'open.example.com', port: 443 },
  ];

  it('opens exactly their ports besides HTTPS', async () => {
    const { SecurityGroupEgress } = (await synthesized({ proxies: PROXIES })).only('AWS::EC2::SecurityGroup');
    expect(
      (SecurityGroupEgress as Record<string, unknown>[]).map(({ CidrIp, FromPort, ToPort }) => [
        CidrIp,
        FromPort,
        ToPort,
      ]),
    ).toEqual([
      ['0.0.0.0/0', 443, 443],
      ['203.0.113.7/32', 1080, 1080],
      ['0.0.0.0/0', 3128, 3128],
    ]);
  });

  it('tells the connector of them without their credentials, and the sessions function their names', async () => {
    const stack = await synthesized({ proxies: PROXIES });
    expect(JSON.parse(String(containerVariables(stack)['POMBO_PROXIES']))).toEqual(
      PROXIES.map(({ name, protocol, host, port }) => ({ name, protocol, host, port })),
    );
    expect(stack.only('AWS::Lambda::Function', 'ApiSessions')).toMatchObject({
      Environment: { Variables: { POMBO_PROXIES: '[{"name":"sao-paulo"},{"name":"rio"},{"name":"open"}]' } },
    });
  });

  it('has ECS read the credentials, which only its own role may', async () => {
    const stack = await synthesized({ proxies: PROXIES });
    const [container] = stack.only('AWS::ECS::TaskDefinition')['ContainerDefinitions'] as [{ Secrets: object[] }];
    expect(container.Secrets).toEqual([
      { Name: 'POMBO_PROXY_CREDENTIALS_SAO_PAULO', ValueFrom: SECRET },
      { Name: 'POMBO_PROXY_CREDENTIALS_RIO', ValueFrom: expect.anything() as unknown },
    ]);
    const readers = [...stack.ofType('AWS::IAM::Policy')].filter(([, policy]) =>
      /secretsmanager:|ssm:/.test(JSON.stringify(policy['PolicyDocument'])),
    );
    expect(readers.map(([id]) => shortId(id))).toEqual(['ConnectorTaskExecutionRoleDefaultPolicy']);
  });

  it('leaves the template as it is without one', async () => {
    const text = JSON.stringify((await synthesized()).template);
    expect(text).not.toMatch(/POMBO_PROX|"Secrets"/);
  });
});
