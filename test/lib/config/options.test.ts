import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import type { DeploymentConfig } from '../../../lib/config/deployment-config.ts';
import { type Properties, type Synthesized, shortId, synthesized } from '../synthesized.ts';

const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-4cde-8f01-23456789abcd';

/** Tables whose key is Pombo's own, whatever the customer brings. */
const OWN_KEY = /^Data(AuthState|Messages)/;

const ledgerKeyOf = (stack: Synthesized): string =>
  [...stack.ofType('AWS::KMS::Key').keys()].find((id) => id.startsWith('DataLedgerKey')) ?? '';

const environmentsOf = (stack: Synthesized): Record<string, unknown>[] => [
  ...[...stack.ofType('AWS::Lambda::Function').values()].map(
    ({ Environment }) => (Environment as { Variables: Record<string, unknown> }).Variables,
  ),
  containerVariables(stack),
];

function containerVariables(stack: Synthesized): Record<string, unknown> {
  const [container] = stack.only('AWS::ECS::TaskDefinition')['ContainerDefinitions'] as [
    { Environment: { Name: string; Value: unknown }[] },
  ];
  return Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]));
}

const all = (stack: Synthesized, type: string): Properties[] => [...stack.ofType(type).values()];

const outputOf = (stack: Synthesized, name: string): unknown =>
  (stack.template.Outputs as Record<string, { Value: unknown }>)[name]?.Value;

describe('deployment options', () => {
  it('shards, taskCount, taskCpu and taskMemoryMiB size the stack', async () => {
    const stack = await synthesized({ shards: 12, taskCount: 3, taskCpu: 512, taskMemoryMiB: 1024 });
    const shards = [...stack.ofType('AWS::SQS::Queue').keys()].filter((id) => /^QueuesOutbound\d/.test(id));
    expect(shards).toHaveLength(12);
    expect(stack.only('AWS::ECS::Service')).toMatchObject({ DesiredCount: 3 });
    expect(stack.only('AWS::ECS::TaskDefinition')).toMatchObject({ Cpu: '512', Memory: '1024' });
  });

  it('logRetentionDays and messageRetentionDays reach every log and the connector', async () => {
    const stack = await synthesized({ logRetentionDays: RetentionDays.ONE_WEEK, messageRetentionDays: 90 });
    const groups = all(stack, 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(8);
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(groups.map(() => 7));
    expect(containerVariables(stack)['POMBO_MESSAGE_RETENTION_DAYS']).toBe('90');
  });

  it('apiRateLimit, apiBurstLimit and deliverConcurrency bound what goes in and out', async () => {
    const stack = await synthesized({ apiRateLimit: 50, apiBurstLimit: 60, deliverConcurrency: 100 });
    expect(stack.only('AWS::ApiGatewayV2::Stage')).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 60 },
    });
    const lanes = [...stack.ofType('AWS::Lambda::EventSourceMapping')].filter(([id]) => id.includes('Deliver'));
    expect(lanes.map(([, { ScalingConfig }]) => ScalingConfig)).toEqual([
      { MaximumConcurrency: 100 },
      { MaximumConcurrency: 100 },
    ]);
  });

  it('privateTargets and logLevel are told to the programs', async () => {
    const stack = await synthesized({ privateTargets: ['10.1.0.0/16', '10.2.0.0/16'], logLevel: 'warn' });
    const told = environmentsOf(stack).filter((variables) => 'POMBO_PRIVATE_TARGETS' in variables);
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(new Set(told.map((variables) => variables['POMBO_PRIVATE_TARGETS']))).toEqual(
      new Set(['10.1.0.0/16,10.2.0.0/16']),
    );
    expect(new Set(environmentsOf(stack).map((variables) => variables['POMBO_LOG_LEVEL']))).toEqual(new Set(['warn']));
    for (const { LoggingConfig } of all(stack, 'AWS::Lambda::Function'))
      expect(LoggingConfig).toMatchObject({ ApplicationLogLevel: 'WARN' });
  });

  it('messageTtlSeconds, connectAttempts, sendAttempts, sendRetryDelayMs and whatsappVersion reach the connector', async () => {
    const config = {
      messageTtlSeconds: 3600,
      connectAttempts: 7,
      sendAttempts: 2,
      sendRetryDelayMs: 0,
      whatsappVersion: '2.3000.1',
    };
    const stack = await synthesized(config);
    expect(containerVariables(stack)).toMatchObject({
      POMBO_MESSAGE_TTL_S: '3600',
      POMBO_CONNECT_ATTEMPTS: '7',
      POMBO_SEND_ATTEMPTS: '2',
      POMBO_SEND_RETRY_DELAY_MS: '0',
      POMBO_WHATSAPP_VERSION: '2.3000.1',
    });
    expect(stack.only('AWS::Lambda::Function', 'ApiGraph')).toMatchObject({
      Environment: { Variables: { POMBO_MESSAGE_TTL_S: '3600' } },
    });
    expect(containerVariables(await synthesized())).not.toHaveProperty('POMBO_WHATSAPP_VERSION');
  });

  it.each([
    [{}, '96', 288],
    [{ taskCpu: 512, taskMemoryMiB: 1024 }, '352', 544],
    [{ ledgerMemoryMiB: 128 }, '128', 256],
  ])('taskMemoryMiB and ledgerMemoryMiB bound heap and ledger: %j', async (config, ledger, heap) => {
    const stack = await synthesized(config);
    expect(containerVariables(stack)['POMBO_LEDGER_MEMORY_MIB']).toBe(ledger);
    expect(stack.only('AWS::ECS::TaskDefinition')).toMatchObject({
      ContainerDefinitions: [{ Command: ['node', '--enable-source-maps', `--max-old-space-size=${heap}`, 'main.mjs'] }],
    });
  });

  it('errorTrackingDsn is told to every program, and to none without it', async () => {
    const errorTrackingDsn = 'https://public@errors.example.com/42';
    const names = (stack: Synthesized): unknown[] =>
      environmentsOf(stack).map((variables) => variables['POMBO_ERROR_TRACKING_DSN']);
    expect(new Set(names(await synthesized({ errorTrackingDsn })))).toEqual(new Set([errorTrackingDsn]));
    expect(new Set(names(await synthesized()))).toEqual(new Set([undefined]));
  });
});

describe('option network', () => {
  const EXISTING: DeploymentConfig['network'] = {
    kind: 'existing',
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    assignPublicIp: false,
  };
  const networkOf = (stack: Synthesized): unknown => stack.only('AWS::ECS::Service')['NetworkConfiguration'];

  it('nat puts the tasks behind one gateway whose address outlives the stack', async () => {
    const stack = await synthesized({ network: { kind: 'nat' } });
    const [addressId] = stack.ofType('AWS::EC2::EIP').keys();
    expect(stack.only('AWS::EC2::NatGateway')).toMatchObject({
      AllocationId: { 'Fn::GetAtt': [addressId, 'AllocationId'] },
    });
    expect(stack.template.Resources[addressId ?? '']).toMatchObject({ DeletionPolicy: 'Retain' });
    expect(outputOf(stack, 'ConnectorAddress')).toEqual({ Ref: addressId });
    const subnets = (networkOf(stack) as { AwsvpcConfiguration: { Subnets: { Ref: string }[] } }).AwsvpcConfiguration;
    expect(subnets).toMatchObject({ AssignPublicIp: 'DISABLED' });
    expect(subnets.Subnets.map(({ Ref }) => shortId(Ref))).toEqual([
      'ConnectorNetworkVpcPrivateSubnet1Subnet',
      'ConnectorNetworkVpcPrivateSubnet2Subnet',
    ]);
  });

  it('nat takes an address that the customer has', async () => {
    const stack = await synthesized({ network: { kind: 'nat', allocationId: 'eipalloc-0123456789abcdef0' } });
    expect(stack.only('AWS::EC2::NatGateway')).toMatchObject({ AllocationId: 'eipalloc-0123456789abcdef0' });
    expect(stack.ofType('AWS::EC2::EIP').size).toBe(0);
  });

  it('existing makes no network, only a group that lets nobody in', async () => {
    const stack = await synthesized({ network: EXISTING });
    const network = Object.values(stack.template.Resources).filter(({ Type }) => Type.startsWith('AWS::EC2::'));
    expect(network.map(({ Type }) => Type)).toEqual(['AWS::EC2::SecurityGroup']);
    expect(stack.only('AWS::EC2::SecurityGroup')).toMatchObject({ VpcId: EXISTING.vpcId });
    expect(networkOf(stack)).toMatchObject({
      AwsvpcConfiguration: { AssignPublicIp: 'DISABLED', Subnets: EXISTING.subnetIds },
    });
  });

  it('existing gives tasks in public subnets an address', async () => {
    const stack = await synthesized({ network: { ...EXISTING, assignPublicIp: true } });
    expect(networkOf(stack)).toMatchObject({
      AwsvpcConfiguration: { AssignPublicIp: 'ENABLED', Subnets: EXISTING.subnetIds },
    });
  });
});

describe('option customerKeyArn', () => {
  it('encrypts tables, media, queues, topic and logs under it, and lets each program use it through AWS services', async () => {
    const stack = await synthesized({ customerKeyArn: KEY_ARN });
    for (const [id, table] of stack.ofType('AWS::DynamoDB::GlobalTable'))
      expect(table).toMatchObject({
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        Replicas: [{ SSESpecification: { KMSMasterKeyId: OWN_KEY.test(id) ? expect.anything() : KEY_ARN } }],
      });
    expect(JSON.stringify(stack.ofType('AWS::KMS::Key').get(ledgerKeyOf(stack)))).not.toContain(KEY_ARN);
    for (const queue of all(stack, 'AWS::SQS::Queue')) expect(queue).toMatchObject({ KmsMasterKeyId: KEY_ARN });
    for (const topic of all(stack, 'AWS::SNS::Topic')) expect(topic).toMatchObject({ KmsMasterKeyId: KEY_ARN });
    for (const group of all(stack, 'AWS::Logs::LogGroup')) expect(group).toMatchObject({ KmsKeyId: KEY_ARN });
    expect(JSON.stringify(stack.only('AWS::S3::Bucket'))).toContain(`"KMSMasterKeyID":"${KEY_ARN}"`);
    const users = [...stack.ofType('AWS::IAM::Policy')].filter(([, { PolicyDocument }]) =>
      JSON.stringify(PolicyDocument).includes(KEY_ARN),
    );
    expect(users.map(([id]) => shortId(id).replace(/(ServiceRole)?DefaultPolicy$/, ''))).toEqual(
      expect.arrayContaining([
        'ApiHealth',
        'ApiGraph',
        'ApiSessions',
        'ApiWebhooks',
        'ConnectorTaskTaskRole',
        'DeadCommandsFunction',
        'WebhookDeliveryDeliver',
        'WebhookDeliveryRetryDelivery',
      ]),
    );
  });

  it('left out, costs nothing and is mentioned nowhere', async () => {
    const stack = await synthesized();
    expect(JSON.stringify(stack.template)).not.toMatch(/KmsMasterKeyId|KmsKeyId/);
    const keyed = [...stack.ofType('AWS::DynamoDB::GlobalTable')].filter(([, table]) => 'SSESpecification' in table);
    expect(keyed.map(([id]) => shortId(id))).toEqual(['DataAuthState', 'DataMessages']);
  });
});

describe('option domain', () => {
  it('gives the API a name and says what its DNS has to point at', async () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-4cde-8f01-23456789abcd';
    const stack = await synthesized({ domain: { name: 'wa.example.com', certificateArn } });
    expect(stack.only('AWS::ApiGatewayV2::DomainName')).toMatchObject({
      DomainName: 'wa.example.com',
      DomainNameConfigurations: [
        { CertificateArn: certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    expect(stack.only('AWS::ApiGatewayV2::ApiMapping')).toHaveProperty('ApiId');
    expect(outputOf(stack, 'DomainUrl')).toBe('https://wa.example.com');
    expect(JSON.stringify(outputOf(stack, 'DomainTarget'))).toContain('RegionalDomainName');
    expect((await synthesized()).ofType('AWS::ApiGatewayV2::DomainName').size).toBe(0);
  });
});
