import { Env } from '#core/resource-names.ts';
import type { Bed, Identity } from './connector-bed.ts';
import type { ConnectorProcess } from './connector-process.ts';
import { clockOffBy } from './preload.ts';

export interface FleetTaskOptions {
  readonly release?: string;
  /** Of its wall clock, milliseconds. */
  readonly offByMs?: number;
}

/** One line of a connector's log. */
export interface LogLine {
  /** By the clock of the test. */
  readonly atMs: number;
  readonly message: string;
  readonly sessionUid?: string;
  readonly status?: string;
  readonly shard?: number;
  readonly epoch?: number;
}

/** One task of a deployment with several. */
export class FleetTask {
  readonly name: string;
  readonly process: ConnectorProcess;
  readonly #offByMs: number;

  private constructor(name: string, process: ConnectorProcess, offByMs: number) {
    this.name = name;
    this.process = process;
    this.#offByMs = offByMs;
  }

  /** Starts it under an id and an access key of its own; resolves when it is on the list. */
  static async start(bed: Bed, name: string, options: FleetTaskOptions = {}): Promise<FleetTask> {
    const { release = '0.0.0', offByMs = 0 } = options;
    const process = await bed.startConnector({
      env: {
        AWS_ACCESS_KEY_ID: name,
        ECS_CONTAINER_METADATA_URI_V4: await bed.metadata(name),
        [Env.version]: release,
        ...(offByMs !== 0 && clockOffBy(offByMs)),
      },
    });
    const task = new FleetTask(name, process, offByMs);
    await process.says('task entered');
    return task;
  }

  get lines(): readonly LogLine[] {
    return this.process.log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}') && !line.includes('"_aws"'))
      .map((line) => {
        const { time, ...fields } = JSON.parse(line) as Omit<LogLine, 'atMs'> & { readonly time: string };
        return { ...fields, atMs: Date.parse(time) - this.#offByMs };
      });
  }

  /** When each of these sessions was open here for the first time since then, in the order of the sessions. */
  async opened(sessions: readonly Identity[], sinceMs: number, withinMs: number): Promise<readonly number[]> {
    const until = Date.now() + withinMs;
    for (;;) {
      const open = this.lines.filter(({ status, atMs }) => status === 'open' && atMs >= sinceMs);
      const times = sessions.map(({ sessionUid }) => open.find((line) => line.sessionUid === sessionUid)?.atMs);
      if (times.every((time) => time !== undefined)) return times;
      if (Date.now() > until) {
        const missing = times.filter((time) => time === undefined).length;
        throw new Error(
          `${missing} sessions of ${times.length} are not open in ${this.name}:\n${this.process.log.slice(-6000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Median, p95, p99 and the longest, milliseconds. */
export const figuresOf = (values: readonly number[]) => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  p99: percentile(values, 0.99),
  longest: Math.max(...values),
});

/** Links so many numbers in one shard, some at a time. Needs a running task. */
export async function linkNumbers(
  bed: Bed,
  count: number,
  options: { shard: number; prefix: string },
): Promise<Identity[]> {
  const sessions: Identity[] = [];
  const left = Array.from({ length: count }, (_, index) => `${options.prefix}${String(index).padStart(4, '0')}`);
  const link = async (): Promise<void> => {
    for (let me = left.shift(); me !== undefined; me = left.shift()) {
      await bed.phones.createPerson({ number: me, name: `Numero ${me}` });
      const session = await bed.createSession(options.shard);
      await bed.command(session, { type: 'session.start' });
      await bed.phones.scan(me, await bed.qr(session));
      await bed.status(session, 'open');
      sessions.push(session);
    }
  };
  await Promise.all(Array.from({ length: 8 }, link));
  return sessions;
}
