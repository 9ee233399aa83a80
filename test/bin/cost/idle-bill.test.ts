import { beforeAll, describe, expect, it } from 'vitest';
import { billFindings, withBill } from '../../../bin/cost/bill-in-readme.ts';
import { idleBill, totalOf } from '../../../bin/cost/idle-bill.ts';
import { LEASE_LOOK_MS } from '../../../core/domain/pace.ts';
import { type Synthesized, synthesized } from '../../lib/synthesized.ts';

const README = '<!-- idle bill: written by npm run bill -->\n<!-- end of the idle bill -->\n';

let stack: Synthesized;

beforeAll(async () => {
  stack = await synthesized();
});

const itemOf = ({ template }: Synthesized, what: string): number | undefined =>
  idleBill(template).find((item) => item.what.startsWith(what))?.usd;

describe('idleBill', () => {
  it('counts a fresh deployment item by item', () => {
    // 730 h × (0.25 × $0.03238 + 0.5 × $0.00356), 730 h × $0.005, one write each 2 s at $0.625 a million.
    expect(itemOf(stack, 'Fargate')).toBeCloseTo(7.21, 2);
    expect(itemOf(stack, 'public IPv4')).toBeCloseTo(3.65, 2);
    const looks = (730 * 3600 * 1000) / LEASE_LOOK_MS;
    expect(itemOf(stack, 'heartbeats')).toBeCloseTo(0.82 + (looks * 0.125) / 1e6, 2);
    expect(itemOf(stack, 'KMS key')).toBe(2);
    expect(itemOf(stack, 'metrics of our own')).toBe(0);
    expect(totalOf(idleBill(stack.template))).toBeLessThanOrEqual(17);
  });

  it('counts what a customer adds', async () => {
    const larger = await synthesized({ taskCount: 2, taskCpu: 512, taskMemoryMiB: 1024, shards: 16 });
    expect(itemOf(larger, 'Fargate')).toBeCloseTo(4 * 7.21, 1);
    expect(itemOf(larger, 'public IPv4')).toBeCloseTo(7.3, 2);
    // 16 leases and 2 tasks are more than one read unit.
    const looks = (2 * 2 * (730 * 3600 * 1000)) / LEASE_LOOK_MS;
    expect(itemOf(larger, 'heartbeats')).toBeCloseTo(2 * 0.82 + (looks * 0.125) / 1e6, 1);
    // A shard without sessions is not polled; that its length is measured costs half a cent.
    const more = (itemOf(larger, 'requests to FIFO') ?? 0) - (itemOf(stack, 'requests to FIFO') ?? 0);
    expect(more).toBeCloseTo((8 * 12 * 730 * 0.5) / 1e6, 3);
  });

  it('counts the fewest tasks where scaling decides, and the alarms that scaling brings', async () => {
    const scaling = await synthesized({ taskCount: 2, maxTaskCount: 5 });
    expect(itemOf(scaling, 'Fargate')).toBeCloseTo(2 * 7.21, 1);
    expect(itemOf(scaling, 'metrics that alarms watch')).toBeCloseTo(
      (itemOf(stack, 'metrics that alarms watch') ?? 0) + 0.4,
    );
  });

  it.each([
    ['a NAT gateway', { network: { kind: 'nat' } }],
    ['a third task', { taskCount: 3 }],
  ] as const)('is over the budget with %s', async (_what, config) => {
    const { template } = await synthesized(config);
    const readme = withBill(README, template);
    expect(billFindings(template, readme)).toEqual([expect.stringContaining('more than $17')]);
  });

  it('refuses a resource that nobody has written a price for', () => {
    const Resources = {
      ...stack.template.Resources,
      Cache: { Type: 'AWS::ElastiCache::ServerlessCache', Properties: {} },
      Endpoint: { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Interface' } },
    };
    expect(billFindings({ Resources }, README)).toEqual([
      expect.stringContaining(
        'no price is known of AWS::ElastiCache::ServerlessCache, AWS::EC2::VPCEndpoint of another',
      ),
    ]);
  });
});

describe('the bill in the README', () => {
  it('drifts when the template or the table changes', () => {
    const readme = withBill(README, stack.template);
    expect(billFindings(stack.template, readme)).toEqual([]);
    expect(billFindings(stack.template, readme.replace('| 2.00 |', '| 3.00 |'))).toEqual([
      'the idle bill is another now; run: npm run bill',
    ]);
    expect(billFindings(stack.template, 'no place')).toEqual([expect.stringContaining('there are no lines')]);
  });
});
