import { describe, expect, it } from 'vitest';
import { ServiceMetrics } from '../../../local/alarms/service-metrics.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { Statistic } from '../../../local/cloudwatch/metric-bucket.ts';
import { type Dimensions, MetricStore, MINUTE_MS } from '../../../local/cloudwatch/metric-store.ts';

const START_MS = Date.parse('2026-11-20T14:00:00Z');

function setUp() {
  const store = new MetricStore(new VirtualClock(START_MS));
  const read = (namespace: string, dimensions: Dimensions, statistic: Statistic = 'Sum') => {
    return (name: string): number | undefined =>
      store.statistics({
        namespace,
        name,
        dimensions,
        statistic,
        startMs: START_MS,
        endMs: START_MS + MINUTE_MS,
        periodMs: MINUTE_MS,
      })[0]?.value;
  };
  return { recorder: new ServiceMetrics(store), read };
}

describe('ServiceMetrics', () => {
  it('counts invocations as Lambda does: throttled ones are none', () => {
    const { recorder, read } = setUp();
    recorder.invoked('f', { outcome: 'succeeded', durationMs: 10, memoryMb: 512 });
    recorder.invoked('f', { outcome: 'failed', durationMs: 30, memoryMb: 512 });
    recorder.invoked('f', { outcome: 'throttled' });
    recorder.invoked('g', { outcome: 'failed', durationMs: 50, memoryMb: 512 });
    const names = ['Invocations', 'Errors', 'Throttles', 'Duration'];
    expect(names.map(read('AWS/Lambda', { FunctionName: 'f' }))).toEqual([2, 1, 1, 40]);
    expect(names.map(read('AWS/Lambda', {}))).toEqual([3, 2, 1, 90]);
  });

  it('counts requests by the class of their status, with and without the stage', () => {
    const { recorder, read } = setUp();
    for (const status of [200, 302, 400, 429, 500, 503, 599])
      recorder.answered({ apiId: 'a', status, latencyMs: status });
    const names = ['Count', '4xx', '5xx'];
    expect(names.map(read('AWS/ApiGateway', { ApiId: 'a' }))).toEqual([7, 2, 3]);
    expect(names.map(read('AWS/ApiGateway', { ApiId: 'a', Stage: '$default' }))).toEqual([7, 2, 3]);
    expect(read('AWS/ApiGateway', { ApiId: 'a' }, 'p95')('Latency')).toBe(599);
  });

  it('counts executions by their end', () => {
    const { recorder, read } = setUp();
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:machine:x';
    recorder.executed({ type: 'executionStarted', executionArn, atMs: START_MS });
    recorder.executed({ type: 'stateEntered', executionArn, state: 's', atMs: START_MS });
    for (const status of ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const)
      recorder.executed({ type: 'executionEnded', executionArn, status, atMs: START_MS });
    const StateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
    const names = ['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted'].map((end) => `Executions${end}`);
    expect(names.map(read('AWS/States', { StateMachineArn }))).toEqual([1, 1, 1, 1, 1]);
  });

  it('takes one sample of each task, so that samples count tasks', () => {
    const { recorder, read } = setUp();
    for (const processorPercent of [20, 90])
      recorder.used({ clusterName: 'c', serviceName: 's', processorPercent, memoryPercent: 50 });
    const service = { ClusterName: 'c', ServiceName: 's' };
    expect(read('AWS/ECS', service, 'SampleCount')('CPUUtilization')).toBe(2);
    expect(read('AWS/ECS', service, 'Maximum')('CPUUtilization')).toBe(90);
    expect(read('AWS/ECS', { ClusterName: 'c' }, 'Average')('MemoryUtilization')).toBe(50);
  });
});
