import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { initialCount, type MeteredService, ServiceMeter } from '../../../local/runner/service-meter.ts';
import { buildStackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';
import { synthesized } from '../../lib/synthesized.ts';

const PLACE = {
  stackName: 'Pombo',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:2',
};
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;

const modelOf = async (config: Parameters<typeof synthesized>[0]) =>
  buildStackModel(TemplateSchema.parse((await synthesized(config)).template), PLACE);

describe('ServiceMeter', () => {
  let clock: VirtualClock;
  /** Share of the task's memory that each task takes, percent. */
  let memory: number;
  let wanted: number[];
  let recorded: { readonly serviceName: string; readonly memoryPercent: number }[];
  beforeEach(() => {
    clock = new VirtualClock(0);
    memory = 30;
    wanted = [];
    recorded = [];
  });

  function serviceOf(desiredCount: number): MeteredService {
    const taskOf = (id: string): MeteredService['tasks'][number] => ({
      id,
      startedAtMs: 0,
      status: 'RUNNING',
      options: { spec: { cpuUnits: 256, memoryMb: 512 } },
      processorMs: () => 0,
      memoryBytes: () => (memory / 100) * 512 * MIB,
    });
    let count = desiredCount;
    return {
      name: 'Connector',
      get desiredCount() {
        return count;
      },
      get tasks() {
        return Array.from({ length: count }, (_, index) => taskOf(String(index)));
      },
      setDesiredCount(next) {
        wanted.push(next);
        count = next;
      },
    };
  }

  async function minutes(config: Parameters<typeof synthesized>[0], count: number): Promise<void> {
    const model = await modelOf(config);
    const [service] = model.all('AWS::ECS::Service');
    const meter = new ServiceMeter({
      model,
      clock,
      log: () => undefined,
      recorder: { used: (usage) => void recorded.push(usage) },
    });
    meter.watch([serviceOf(service ? initialCount(service, model) : 0)]);
    for (let minute = 0; minute < count; minute++) {
      await clock.advance(MINUTE_MS);
      meter.minute();
    }
  }

  it('records what each task uses, and leaves a service without scaling as it is', async () => {
    memory = 99;
    await minutes({ taskCount: 2 }, 5);
    expect(recorded).toHaveLength(2 * 5);
    expect(recorded[0]?.memoryPercent).toBeCloseTo(99);
    expect(wanted).toEqual([]);
  });

  it('gives a service with scaling more tasks when its memory is used up', async () => {
    memory = 95;
    await minutes({ taskCount: 2, maxTaskCount: 4 }, 4);
    expect(wanted).toEqual([3]);
    expect(recorded).toHaveLength(2 + 2 + 2 + 3);
  });

  it('leaves it alone below the targets', async () => {
    await minutes({ taskCount: 2, maxTaskCount: 4 }, 30);
    expect(wanted).toEqual([]);
  });
});

describe('initialCount', () => {
  it.each([
    [{}, 1],
    [{ taskCount: 3 }, 3],
    [{ taskCount: 2, maxTaskCount: 4 }, 2],
  ])('is the fewest tasks of %j', async (config, count) => {
    const model = await modelOf(config);
    const [service] = model.all('AWS::ECS::Service');
    expect(service && initialCount(service, model)).toBe(count);
  });
});
