import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '#core/domain/clock.ts';
import type { WorkerTimeHost } from '../clock/time-hosts.ts';
import { type LogSink, parseLogLine } from '../logs/log-line.ts';
import { type AccountConcurrency, ThrottledError } from './account-concurrency.ts';
import type { FunctionDefinition, InvocationResult } from './function-definition.ts';
import { Sandbox } from './sandbox.ts';

export interface FunctionPoolOptions {
  readonly definition: FunctionDefinition;
  readonly clock: Clock;
  readonly concurrency: AccountConcurrency;
  readonly log: LogSink;
  /** Short name of the function in the logs. */
  readonly part: string;
  readonly time?: WorkerTimeHost | undefined;
  /** Called with each line that the function writes, before it is rendered: metrics (EMF) are in there. */
  readonly onOutput?: ((line: string) => void) | undefined;
  /** Hears of each invocation that ended or was throttled. */
  readonly onInvocation?: ((invocation: Invocation) => void) | undefined;
}

/** What became of one invocation. Its duration is in milliseconds, without the wait for a sandbox. */
export type Invocation =
  | { readonly outcome: 'succeeded' | 'failed'; readonly durationMs: number; readonly memoryMb: number }
  | { readonly outcome: 'throttled' };

/** Most sandboxes of one function: more only take turns on a small machine. */
const MAX_SANDBOXES = 10;
/** Sandboxes that stay when nothing is to do; each costs about 25 MB. */
const IDLE_KEPT = 3;
/** An invocation waits this long for a busy sandbox before another one is started; one sandbox on two cores is faster than four. */
const GROW_AFTER_MS = 100;

interface Waiter {
  readonly take: (sandbox: Sandbox) => void;
  readonly stopGrowing: () => void;
}

/** The sandboxes of one function: each handles one event at a time, more are started while events wait. */
export class FunctionPool {
  readonly #options: FunctionPoolOptions;
  readonly #all = new Set<Sandbox>();
  readonly #idle: Sandbox[] = [];
  readonly #waiters: Waiter[] = [];
  #closed = false;

  constructor(options: FunctionPoolOptions) {
    this.#options = options;
  }

  get definition(): FunctionDefinition {
    return this.#options.definition;
  }

  /**
   * Runs one event. @param event JSON text
   * @throws ThrottledError at the concurrency of the function or the account
   */
  async invoke(event: string, requestId: string = randomUUID()): Promise<InvocationResult> {
    const { log, part, clock, onInvocation } = this.#options;
    const ended = this.#begin();
    try {
      const sandbox = await this.#take();
      const startedMs = clock.monotonic();
      const result = await sandbox.invoke(event, requestId);
      const durationMs = clock.monotonic() - startedMs;
      onInvocation?.({ outcome: result.ok ? 'succeeded' : 'failed', durationMs, memoryMb: this.definition.memoryMb });
      this.#release(sandbox);
      // What ends because everything does is no fault of the function.
      if (!result.ok && !this.#closed)
        log({ part, level: 'error', text: describeFault(result.error), fields: { requestId } });
      return result;
    } finally {
      ended();
    }
  }

  /** Ends a sandbox in the middle of its work, as a crash would. Returns whether there was one. */
  kill(): boolean {
    const busy = [...this.#all].find((sandbox) => sandbox.usable && sandbox.busy);
    busy?.crash();
    return busy !== undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((sandbox) => sandbox.end()));
  }

  #begin(): () => void {
    const { definition, concurrency, onInvocation } = this.#options;
    try {
      return concurrency.take(definition.name);
    } catch (error) {
      if (error instanceof ThrottledError) onInvocation?.({ outcome: 'throttled' });
      throw error;
    }
  }

  async #take(): Promise<Sandbox> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (idle.usable) return idle;
    if (this.#all.size === 0) return this.#start();
    return new Promise((resolve) => {
      const waiter: Waiter = { take: resolve, stopGrowing: systemClock.after(GROW_AFTER_MS, () => this.#grow(waiter)) };
      this.#waiters.push(waiter);
    });
  }

  #grow(waiter: Waiter): void {
    if (this.#closed || this.#all.size >= MAX_SANDBOXES) return;
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.take(this.#start());
  }

  #release(sandbox: Sandbox): void {
    if (!sandbox.usable || this.#closed) return;
    const waiter = this.#waiters.shift();
    if (waiter) {
      waiter.stopGrowing();
      waiter.take(sandbox);
    } else if (this.#idle.length < IDLE_KEPT) this.#idle.push(sandbox);
    else void sandbox.end();
  }

  #start(): Sandbox {
    const { definition, clock, log, part, time, onOutput } = this.#options;
    const sandbox: Sandbox = new Sandbox({
      definition,
      clock,
      time,
      onLine(line, stream) {
        onOutput?.(line);
        log(parseLogLine(part, line, stream === 'stderr' ? 'warn' : 'info'));
      },
      onEnd: () => this.#forget(sandbox),
    });
    this.#all.add(sandbox);
    return sandbox;
  }

  #forget(sandbox: Sandbox): void {
    this.#all.delete(sandbox);
    const at = this.#idle.indexOf(sandbox);
    if (at >= 0) this.#idle.splice(at, 1);
    // Whoever waited for this one gets a fresh one.
    const waiter = this.#closed ? undefined : this.#waiters.shift();
    if (!waiter) return;
    waiter.stopGrowing();
    waiter.take(this.#start());
  }
}

function describeFault({
  errorType,
  errorMessage,
  trace = [],
}: {
  errorType: string;
  errorMessage: string;
  trace?: readonly string[];
}): string {
  return [`${errorType}: ${errorMessage}`, ...trace.filter((line) => line.startsWith('    at ')).slice(0, 4)].join(
    '\n',
  );
}
