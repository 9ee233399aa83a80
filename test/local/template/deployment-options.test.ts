import { describe, expect, it } from 'vitest';
import type { DeploymentConfig } from '../../../lib/config/deployment-config.ts';
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
  { shards: 24, taskCount: 2, deliverConcurrency: 100 },
];

describe('the runner with deployment options', () => {
  it.each(OPTIONS)('runs the template of %j', async (config) => {
    const { template } = await synthesized(config);
    const model = buildStackModel(TemplateSchema.parse(template), PLACE);
    expect(model.outputs['ApiUrl']).toBe(PLACE.apiUrl);
    expect(model.all('AWS::Lambda::Function')).toHaveLength(8);
  });
});
