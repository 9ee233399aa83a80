import { Price } from '../../bin/cost/prices.ts';
import type { Runner, RunnerOptions } from '../../local/runner.ts';

type Hooks = Required<Pick<RunnerOptions, 'onRequest' | 'onConsumed' | 'onInvocation' | 'onOutput'>>;
type Invocations = Map<string, { calls: number; readonly memoryMb: number; readonly durationsMs: number[] }>;

const MILLION = 1_000_000;
const BYTES_A_GB = 1e9;
const MIB_A_GB = 1024;
/** CloudWatch counts this much for each event beside its text (its documentation of PutLogEvents). */
const LOG_EVENT_BYTES = 26;
/** A poller of Lambda receives a batch and deletes it. */
const POLLS_A_BATCH = 2;

/** What an idle deployment does too: heartbeats, looks at leases, lengths of queues. It is in the idle bill. */
const IDLE_TABLES = /Tasks|Leases/;
const IDLE_ROLES = /QueueStats|Health/;
const IDLE_ACTIONS = /GetQueueAttributes$/;

/**
 * How the time of functions is counted. `sum`: as it was, of a virtual clock. `quickest tenth`: each call of a function as long as
 * the slowest of its quickest tenth, because everything here shares two cores, and a function on AWS has its own.
 */
type Durations = 'sum' | 'quickest tenth';

/** Everything that a running stack asks of AWS beside what an idle one does, counted as its bill would. */
export class AwsUsage {
  /** Options of the runner that is to be measured. */
  readonly hooks: Hooks;
  transitions = 0;
  /** Requests to the HTTP API, which the caller counts. */
  apiCalls = 0;
  readonly #part: RegExp;
  #runner: Runner | undefined;
  readonly #requests = new Map<string, number>();
  readonly #units = { read: 0, write: 0 };
  readonly #invocations: Invocations = new Map();
  #logBytes = 0;

  /** @param part whose requests and calls are counted; all but those of an idle deployment if left out */
  constructor(part: RegExp = /./) {
    this.#part = part;
    this.hooks = {
      onRequest: ({ accessKeyId, action, resource }) => {
        if (!this.#counts(accessKeyId) || IDLE_ACTIONS.test(action)) return;
        const name = `${action}${action.startsWith('sqs:') ? (resource.endsWith('.fifo') ? ' fifo' : ' standard') : ''}`;
        if (action.startsWith('dynamodb:') && IDLE_TABLES.test(resource)) return;
        this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
      },
      onConsumed: ({ accessKeyId, kind, table, units }) => {
        if (this.#counts(accessKeyId) && !IDLE_TABLES.test(table)) this.#units[kind] += units;
      },
      onInvocation: (name, invocation) => {
        if (invocation.outcome === 'throttled' || IDLE_ROLES.test(name) || !this.#part.test(name)) return;
        const known = this.#invocations.get(name) ?? { calls: 0, memoryMb: invocation.memoryMb, durationsMs: [] };
        known.calls += 1;
        known.durationsMs.push(invocation.durationMs);
        this.#invocations.set(name, known);
      },
      onOutput: (line) => {
        this.#logBytes += Buffer.byteLength(line) + LOG_EVENT_BYTES;
      },
    };
  }

  /** Hears of state transitions too. */
  watch(runner: Runner): void {
    this.#runner = runner;
    runner.on(({ source, event }) => {
      if (source === 'states' && event.type !== 'executionEnded') this.transitions += 1;
    });
  }

  clear(): void {
    this.#requests.clear();
    this.#invocations.clear();
    Object.assign(this.#units, { read: 0, write: 0 });
    Object.assign(this, { transitions: 0, apiCalls: 0 });
    this.#logBytes = 0;
  }

  /** USD for each part, for a million of what `count` of were done. @param fifoShare of the batches that Lambda's pollers fetched */
  prices(
    count: number,
    options: { readonly durations: Durations; readonly fifoShare: number; readonly logs?: boolean },
  ): Record<string, number> {
    const each = (amount: number, price: number): number => (amount / count) * price;
    const invocations = [...this.#invocations.values()].reduce((sum, { calls }) => sum + calls, 0);
    const fetched = this.#callsOf(/Deliver$|Deliver[0-9A-F]/) * POLLS_A_BATCH;
    const { fifoShare, logs = true } = options;
    return {
      ...(this.apiCalls > 0 && { 'API Gateway': each(this.apiCalls, Price.httpApiMillion) }),
      SQS:
        each(this.#asked(/^sqs:.* fifo$/) + fetched * fifoShare, Price.sqsFifoMillion) +
        each(this.#asked(/^sqs:.* standard$/) + fetched * (1 - fifoShare), Price.sqsStandardMillion),
      Lambda:
        each(invocations, Price.lambdaMillion) +
        each(this.#gbSeconds(options.durations) * MILLION, Price.lambdaGbSecond),
      DynamoDB: each(this.#units.write, Price.dynamoWriteMillion) + each(this.#units.read, Price.dynamoReadMillion),
      'Step Functions': each(this.transitions, Price.stepTransitionMillion),
      KMS: each(this.#asked(/^kms:/), Price.kmsMillion),
      logs: logs ? (this.#logBytes / count / BYTES_A_GB) * Price.logsGbIngested * MILLION : 0,
    };
  }

  /** Requests, units and calls of functions for one of `count`, the most frequent first. */
  perEvent(count: number): string {
    const all: [string, number][] = [
      ...this.#requests,
      ['write units', this.#units.write],
      ['read units', this.#units.read],
      ...[...this.#invocations].map(([name, { calls }]): [string, number] => [`calls of ${shortName(name)}`, calls]),
    ];
    return all
      .toSorted(([, a], [, b]) => b - a)
      .filter(([, times]) => times / count >= 0.005)
      .map(([what, times]) => `${(times / count).toFixed(2)} ${what}`)
      .join(', ');
  }

  /** Whoever has no role is the bench itself. */
  #counts(accessKeyId: string): boolean {
    const role = this.#runner?.credentials.roleOf(accessKeyId);
    return role !== undefined && !IDLE_ROLES.test(role) && this.#part.test(role);
  }

  #asked(pattern: RegExp): number {
    return [...this.#requests].reduce((sum, [name, times]) => (pattern.test(name) ? sum + times : sum), 0);
  }

  #callsOf(pattern: RegExp): number {
    return [...this.#invocations].reduce((sum, [name, { calls }]) => (pattern.test(name) ? sum + calls : sum), 0);
  }

  #gbSeconds(durations: Durations): number {
    return [...this.#invocations.values()].reduce((sum, { calls, durationsMs, memoryMb }) => {
      const ms = durations === 'sum' ? sumOf(durationsMs) : calls * quickOf(durationsMs);
      return sum + (ms / 1000) * (memoryMb / MIB_A_GB);
    }, 0);
  }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
/** Of ten, the quickest: what the others waited for the machine they did not work. */
const QUICK_PART = 0.1;
const quickOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * QUICK_PART)] ?? 0;
const shortName = (name: string): string => name.replace(/^Pombo-?/, '').replace(/-?[0-9A-F]{8}.*$/, '');

/** Hooks that feed several. */
export const hooksOf = (...all: readonly AwsUsage[]): Hooks => ({
  onRequest: (request) => all.forEach(({ hooks }) => hooks.onRequest?.(request)),
  onConsumed: (consumed) => all.forEach(({ hooks }) => hooks.onConsumed?.(consumed)),
  onInvocation: (name, invocation) => all.forEach(({ hooks }) => hooks.onInvocation?.(name, invocation)),
  onOutput: (line) => all.forEach(({ hooks }) => hooks.onOutput?.(line)),
});

/** Part by part. */
export function sumOfPrices(...all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = new Set(all.flatMap((prices) => Object.keys(prices)));
  return Object.fromEntries([...names].map((name) => [name, sumOf(all.map((prices) => prices[name] ?? 0))]));
}

/** @returns their sum, USD */
export const totalOf = (prices: Readonly<Record<string, number>>): number => sumOf(Object.values(prices));
