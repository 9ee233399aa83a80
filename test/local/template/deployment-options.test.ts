import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import type { DeploymentConfig } from '../../../lib/config/deployment-config.ts';
import { makeIam, refuseWhatAwsRefuses } from '../../../local/runner/admission.ts';
import { RoleCredentials } from '../../../local/runner/role-credentials.ts';
import { buildStackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';
import { synthesized } from '../../lib/synthesized.ts';

const PLACE = {
  stackName: 'Pombo',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:2',
};

const OPTIONS: readonly Partial<DeploymentConfig>[] = [
  { network: { kind: 'nat' } },
  {
    network: {
      kind: 'existing',
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0'],
      availabilityZones: ['us-east-1a'],
      assignPublicIp: false,
    },
  },
  {
    domain: {
      name: 'wa.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-4cde-8f01-23456789abcd',
    },
    failureEmail: 'ops@example.com',
    allowedOrigins: ['https://desk.example.com'],
    errorTrackingDsn: 'https://public@errors.example.com/42',
  },
  { shards: 22, taskCount: 2, deliverConcurrency: 100 },
  { taskCount: 2, maxTaskCount: 5, ledgerMemoryMiB: 64, whatsappVersion: '2.3000.1' },
  {
    proxies: [
      {
        name: 'sao-paulo',
        protocol: 'socks5',
        host: 'proxy.example.com',
        port: 1080,
        secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:proxy-Ab12Cd',
      },
      {
        name: 'rio',
        protocol: 'http',
        host: '203.0.113.7',
        port: 3128,
        secretArn: 'arn:aws:ssm:us-east-1:123456789012:parameter/proxies/rio',
      },
    ],
  },
];

describe('the runner with deployment options', () => {
  it.each(OPTIONS)('runs the template of %j', async (config) => {
    const { template } = await synthesized(config);
    const model = buildStackModel(TemplateSchema.parse(template), PLACE);
    expect(model.outputs['ApiUrl']).toBe(PLACE.apiUrl);
    expect(model.all('AWS::Lambda::Function').length).toBeGreaterThanOrEqual(8);
    const iam = makeIam(systemClock, new RoleCredentials('seed'), () => undefined);
    expect(() => refuseWhatAwsRefuses(model, iam)).not.toThrow();
  });
});
