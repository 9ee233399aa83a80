import { describe, expect, it } from 'vitest';
import { quotaFindings } from '../../bin/gates/quotas.ts';
import type { Template } from '../../lib/validation/template.ts';

/** A function that knows the addresses of so many queues. */
function withQueues(count: number, properties: object = {}): Template {
  const ids = Array.from({ length: count }, (_, index) => `Outbound${index}QueueABCDEF01`);
  const queues = ids.map((id) => [id, { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } }]);
  const Variables = { URLS: { 'Fn::Join': [',', ids.map((Ref) => ({ Ref }))] } };
  return {
    Resources: {
      ...(Object.fromEntries(queues) as Template['Resources']),
      Send: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: { S3Key: 'c0de.zip' },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Role: 'role',
          Environment: { Variables },
          ...properties,
        },
      },
    },
  };
}

describe('quotas in npm run check', () => {
  it('pass a stack within them', () => {
    expect(quotaFindings(withQueues(24))).toEqual([]);
  });

  it('count the addresses of queues as long as AWS makes them', () => {
    expect(quotaFindings(withQueues(45))).toEqual([
      expect.stringMatching(/^Send: .* exceeded the 4KB limit \(\d+ bytes\)\.$/) as string,
    ]);
  });

  it('name each resource that AWS would refuse', () => {
    expect(quotaFindings(withQueues(1, { Timeout: 901, MemorySize: 64 }))).toEqual([
      expect.stringContaining("Send: Value '901' at 'timeout'") as string,
      expect.stringContaining("Send: Value '64' at 'memorySize'") as string,
    ]);
    expect(quotaFindings(withQueues(500))).toContainEqual(
      'Template format error: Number of resources, 501, is greater than maximum allowed, 500',
    );
  });
});
