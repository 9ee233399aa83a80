import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DeploymentConfigSchema,
  optionsFromContext,
  parseDeploymentConfig,
} from '../../../lib/config/deployment-config.ts';

const EXISTING = {
  kind: 'existing',
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0'],
  availabilityZones: ['us-east-1a'],
};

const PROXY = { name: 'sao-paulo', protocol: 'socks5', host: 'proxy.example.com', port: 1080 };

describe('parseDeploymentConfig', () => {
  it('has a default for everything', () => {
    expect(parseDeploymentConfig({})).toEqual({
      shards: 8,
      taskCount: 1,
      taskCpu: 256,
      taskMemoryMiB: 512,
      network: { kind: 'public' },
      allowedOrigins: [],
      privateTargets: [],
      logLevel: 'info',
      logRetentionDays: 30,
      messageRetentionDays: 30,
      messageTtlSeconds: 86_400,
      connectAttempts: 1000,
      sendAttempts: 4,
      sendRetryDelayMs: 500,
      nativeButtons: false,
      limits: {},
      proxies: [],
      apiRateLimit: 500,
      apiBurstLimit: 1000,
      deliverConcurrency: 3,
    });
  });

  it('lists the known options when one is unknown', () => {
    expect(() => parseDeploymentConfig({ shard: 4 })).toThrow(
      /unknown option shard; known options: shards, taskCount, /,
    );
  });

  it.each([
    [{ shards: 25 }, 'shards'],
    [{ shards: 0 }, 'shards'],
    [{ shards: 1.5 }, 'shards'],
    [{ taskCount: 0 }, 'taskCount'],
    [{ taskCpu: 300 }, 'taskCpu: must be one of 256, 512, 1024'],
    [{ taskCpu: 256, taskMemoryMiB: 4096 }, 'taskMemoryMiB: Fargate does not offer'],
    [{ failureEmail: 'nobody' }, 'failureEmail'],
    [{ allowedOrigins: ['https://a.example/path'] }, 'allowedOrigins.0'],
    [{ privateTargets: ['10.0.0.0'] }, 'privateTargets.0'],
    [{ logLevel: 'loud' }, 'logLevel'],
    [{ logRetentionDays: 31 }, 'logRetentionDays'],
    [{ messageRetentionDays: 6 }, 'messageRetentionDays'],
    [{ network: { kind: 'vpn' } }, 'network'],
    [
      { network: { kind: 'nat', natGateways: 2 } },
      'unknown option network.natGateways; known options: kind, allocationId',
    ],
    [{ network: { kind: 'existing', vpcId: 'vpc-1' } }, 'network.vpcId'],
    [
      { network: { ...EXISTING, availabilityZones: ['us-east-1a', 'us-east-1b'] } },
      'network.availabilityZones: one per subnet',
    ],
    [{ customerKeyArn: 'alias/mine' }, 'customerKeyArn: the ARN of a KMS key'],
    [{ domain: { name: 'https://wa.example.com' } }, 'domain.name'],
    [{ domain: { name: 'wa.example.com', certificateArn: 'x' } }, 'domain.certificateArn: the ARN of a certificate'],
    [{ errorTrackingDsn: 'https://o1.ingest.sentry.io/42' }, 'errorTrackingDsn: must look like'],
    [{ errorTrackingDsn: 'http://key@errors.example.com/42' }, 'errorTrackingDsn'],
    [{ deliverConcurrency: 1 }, 'deliverConcurrency'],
    [{ taskCount: 3, maxTaskCount: 2 }, 'maxTaskCount: is the most, and taskCount is the least'],
    [{ maxTaskCount: 101 }, 'maxTaskCount'],
    [{ ledgerMemoryMiB: 300 }, 'ledgerMemoryMiB: leaves the program too little'],
    [{ messageTtlSeconds: 1_209_601 }, 'messageTtlSeconds'],
    [{ connectAttempts: 0 }, 'connectAttempts'],
    [{ sendAttempts: 21 }, 'sendAttempts'],
    [{ sendRetryDelayMs: -1 }, 'sendRetryDelayMs'],
    [{ whatsappVersion: '2.3000' }, 'whatsappVersion: a version is three numbers'],
    [{ proxies: [{ ...PROXY, name: 'São Paulo' }] }, 'proxies.0.name: a name is up to 32 lower-case letters'],
    [{ proxies: [{ ...PROXY, host: 'http://proxy.example.com' }] }, 'proxies.0.host'],
    [{ proxies: [{ ...PROXY, host: '2001:db8::1' }] }, 'proxies.0.host'],
    [{ proxies: [{ ...PROXY, port: 65_536 }] }, 'proxies.0.port'],
    [{ proxies: [{ ...PROXY, protocol: 'socks4' }] }, 'proxies.0.protocol'],
    [{ proxies: [{ ...PROXY, secretArn: 'user:password' }] }, 'proxies.0.secretArn: the complete ARN'],
    [{ proxies: [{ ...PROXY, password: 'x' }] }, 'unknown option proxies.0.password; known options: name, protocol,'],
    [{ proxies: [PROXY, PROXY] }, 'proxies: two proxies have one name'],
  ])('refuses %j and names the option', (values, message) => {
    expect(() => parseDeploymentConfig(values)).toThrow(message);
  });
});

describe('optionsFromContext', () => {
  it('reads numbers and lists from the command line and leaves the keys of the CDK alone', () => {
    const context = {
      shards: '12',
      allowedOrigins: '["https://a.example"]',
      failureEmail: 'ops@example.com',
      '@aws-cdk/core:something': true,
      'aws:cdk:bundling-stacks': [],
      'availability-zones:account=1:region=x': [],
    };
    expect(optionsFromContext(context)).toEqual({
      shards: 12,
      allowedOrigins: ['https://a.example'],
      failureEmail: 'ops@example.com',
    });
  });

  it('keeps a misspelt option, so that parsing can refuse it', () => {
    expect(() => parseDeploymentConfig(optionsFromContext({ shrads: '12' }))).toThrow('unknown option shrads');
  });
});

describe('docs/deployment.md', () => {
  it('has a line for each option and for nothing else', () => {
    const table = readFileSync('docs/deployment.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const named = table.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(new Set(named)).toEqual(new Set(Object.keys(DeploymentConfigSchema.shape)));
    expect(named).toHaveLength(new Set(named).size);
  });
});
