import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Metric } from '#core/observability/metrics.ts';
import { count, countingTogether } from '../../../functions/shared/count.ts';

describe('count', () => {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Record<string, unknown>);
      return true;
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  it('writes a line at once', () => {
    count({ [Metric.webhookParked]: 1 });
    expect(lines).toMatchObject([{ WebhookParked: 1 }]);
  });

  it('writes one line for a whole batch, also for one that fails, and none for one without counts', async () => {
    const batch = async (): Promise<void> => {
      count({ [Metric.webhookDelivered]: 1 });
      await Promise.resolve();
      count({ [Metric.webhookDelivered]: 1, [Metric.webhookFailed]: 1 });
      expect(lines).toEqual([]);
      throw new Error('no');
    };
    await expect(countingTogether(batch)).rejects.toThrow('no');
    expect(lines).toMatchObject([{ WebhookDelivered: 2, WebhookFailed: 1 }]);
    await countingTogether(() => Promise.resolve());
    count({ [Metric.webhookDead]: 1 });
    expect(lines).toHaveLength(2);
  });
});
