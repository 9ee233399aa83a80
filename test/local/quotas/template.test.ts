import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { startRunner } from '../../../local/runner.ts';
import { readCloudAssembly } from '../../../local/template/cloud-assembly.ts';
import { quotaFaults } from '../../../local/template/quotas.ts';
import { buildStackModel } from '../../../local/template/stack-model.ts';
import type { Template } from '../../../local/template/template-schema.ts';
import { writeSmallStack } from '../runner/small-stack.ts';

const PLACE = {
  stackName: 'Small',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:2',
};

let folder: string;
let small: Template;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pombo-quotas-'));
  await writeSmallStack(path.join(folder, 'cdk.out'));
  small = readCloudAssembly(path.join(folder, 'cdk.out')).template;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The small stack with some properties of some resources changed. */
function changed(changes: Readonly<Record<string, object>>): Template {
  const Resources = { ...small.Resources };
  for (const [id, properties] of Object.entries(changes)) {
    const raw = Resources[id];
    if (!raw) throw new Error(`The small stack has no ${id}.`);
    Resources[id] = { ...raw, Properties: { ...raw.Properties, ...properties } };
  }
  return { ...small, Resources };
}

const faultsOf = (template: Template): readonly string[] => quotaFaults(buildStackModel(template, PLACE));

/** `count` resources in all. */
function withResources(count: number): Template {
  const missing = count - Object.keys(small.Resources).length;
  const more = Array.from({ length: missing }, (_, index) => [
    `Log${index}`,
    { Type: 'AWS::Logs::LogGroup', Properties: {} },
  ]);
  return { ...small, Resources: { ...small.Resources, ...(Object.fromEntries(more) as Template['Resources']) } };
}

/** Variables of a function that are `bytes` long as JSON. */
const environment = (bytes: number): object => ({
  Environment: { Variables: { A: 'x'.repeat(bytes - '{"A":""}'.length) } },
});
const standard = { FifoQueue: false, RedrivePolicy: undefined };

describe('quotaFaults', () => {
  it('finds nothing in the small stack', () => {
    expect(faultsOf(small)).toEqual([]);
  });

  const constraint = (member: string, value: number, relation: string, limit: number): string =>
    `Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${relation} than or equal to ${limit}`;

  it.each<[string, () => Template, () => Template, string]>([
    [
      'resources of a stack',
      () => withResources(500),
      () => withResources(501),
      'Template format error: Number of resources, 501, is greater than maximum allowed, 500',
    ],
    [
      "a function's timeout",
      () => changed({ Tick: { Timeout: 900 } }),
      () => changed({ Tick: { Timeout: 901 } }),
      `Tick: ${constraint('timeout', 901, 'less', 900)}`,
    ],
    [
      'the least timeout of a function',
      () => changed({ Tick: { Timeout: 1 } }),
      () => changed({ Tick: { Timeout: 0 } }),
      `Tick: ${constraint('timeout', 0, 'greater', 1)}`,
    ],
    [
      "a function's memory",
      () => changed({ Tick: { MemorySize: 10_240 } }),
      () => changed({ Tick: { MemorySize: 10_241 } }),
      `Tick: ${constraint('memorySize', 10_241, 'less', 10_240)}`,
    ],
    [
      'the least memory of a function',
      () => changed({ Tick: { MemorySize: 128 } }),
      () => changed({ Tick: { MemorySize: 127 } }),
      `Tick: ${constraint('memorySize', 127, 'greater', 128)}`,
    ],
    [
      "a function's environment",
      () => changed({ Tick: environment(4096) }),
      () => changed({ Tick: environment(4097) }),
      'Tick: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit (4097 bytes).',
    ],
    [
      "AWS's own variables",
      () => changed({ Tick: { Environment: { Variables: { AWS_NODEJS_CONNECTION_REUSE_ENABLED: '1' } } } }),
      () => changed({ Tick: { Environment: { Variables: { AWS_REGION: 'x', AWS_LAMBDA_X: 'y' } } } }),
      'Tick: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, AWS_LAMBDA_X',
    ],
    [
      'a batch of a FIFO queue',
      () => changed({ Mapping: { BatchSize: 10 } }),
      () => changed({ Mapping: { BatchSize: 11 } }),
      `Mapping: ${constraint('batchSize', 11, 'less', 10)}`,
    ],
    [
      'a batching window of a FIFO queue',
      () => changed({ Mapping: { MaximumBatchingWindowInSeconds: 0 } }),
      () => changed({ Mapping: { MaximumBatchingWindowInSeconds: 1 } }),
      'Mapping: Batching window is not supported for FIFO queues',
    ],
    [
      'a batch of a standard queue',
      () => changed({ Queue: standard, Mapping: { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 300 } }),
      () => changed({ Queue: standard, Mapping: { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 300 } }),
      `Mapping: ${constraint('batchSize', 10_001, 'less', 10_000)}`,
    ],
    [
      'a batch without a window',
      () => changed({ Queue: standard, Mapping: { BatchSize: 10 } }),
      () => changed({ Queue: standard, Mapping: { BatchSize: 11 } }),
      'Mapping: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    ],
    [
      'a batching window',
      () => changed({ Queue: standard, Mapping: { MaximumBatchingWindowInSeconds: 300 } }),
      () => changed({ Queue: standard, Mapping: { MaximumBatchingWindowInSeconds: 301 } }),
      `Mapping: ${constraint('maximumBatchingWindowInSeconds', 301, 'less', 300)}`,
    ],
    [
      'the least concurrency of an event source',
      () => changed({ Mapping: { ScalingConfig: { MaximumConcurrency: 2 } } }),
      () => changed({ Mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }),
      `Mapping: ${constraint('scalingConfig.maximumConcurrency', 1, 'greater', 2)}`,
    ],
    [
      'the concurrency of an event source',
      () => changed({ Mapping: { ScalingConfig: { MaximumConcurrency: 1000 } } }),
      () => changed({ Mapping: { ScalingConfig: { MaximumConcurrency: 1001 } } }),
      `Mapping: ${constraint('scalingConfig.maximumConcurrency', 1001, 'less', 1000)}`,
    ],
    [
      "a function's timeout under the visibility timeout of its queue",
      () => changed({ Work: { Timeout: 120 } }),
      () => changed({ Work: { Timeout: 121 } }),
      'Mapping: Invalid request provided: Queue visibility timeout: 120 seconds is less than Function timeout: 121 seconds',
    ],
    [
      'the timeout of an integration',
      () => changed({ Integration: { TimeoutInMillis: 30_000 } }),
      () => changed({ Integration: { TimeoutInMillis: 30_001 } }),
      `Integration: ${constraint('timeoutInMillis', 30_001, 'less', 30_000)}`,
    ],
  ])('holds the quota of %s', (_name, atTheLimit, over, sentence) => {
    expect(faultsOf(atTheLimit())).toEqual([]);
    expect(faultsOf(over())).toEqual([sentence]);
  });
});

describe('startRunner', () => {
  it('refuses a stack that AWS would refuse, with all it would say', async () => {
    const cdkOut = await writeSmallStack(path.join(folder, 'cdk.over'), ({ Work, Mapping, ...rest }) => ({
      ...rest,
      Work: { ...Work, Properties: { ...Work.Properties, Timeout: 121 } },
      Mapping: { ...Mapping, Properties: { ...Mapping.Properties, BatchSize: 11 } },
    }));
    const starting = startRunner({
      cdkOut,
      dataFolder: mkdtempSync(path.join(folder, 'data-')),
      apiPort: 0,
      clock: new VirtualClock(0),
      log: () => {},
      whatsapp: 'live',
    });
    await expect(starting).rejects.toThrow(/^AWS would refuse this stack:\nMapping: Value '11'.*\nMapping: Invalid/);
  });
});
