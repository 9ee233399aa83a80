import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '#core/domain/clock.ts';
import { type LogSink, lineSplitter, parseLogLine } from '../logs/log-line.ts';
import type { HealthCheckSpec } from './task-spec.ts';
import { spawnTied, type TiedChildOptions } from './tied-child.ts';

export interface ContainerOptions extends TiedChildOptions {
  readonly command: readonly string[];
  readonly clock: Clock;
  readonly log: LogSink;
  /** Short name in the logs. */
  readonly part: string;
  /** Gets each line of stdout before it is rendered: metrics (EMF) are in there. */
  readonly onOutput?: ((line: string) => void) | undefined;
  /** Memory after which the kernel would kill it, MiB; undefined: it may have all. */
  readonly memoryMb?: number | undefined;
  readonly onExit: (exit: ContainerExit) => void;
}

export interface ContainerExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Killed because it took more memory than its task has. */
  readonly outOfMemory: boolean;
  readonly ranMs: number;
}

/** How ECS shows a process that the kernel has killed: 128 and the number of SIGKILL. */
const EXIT_KILLED = 137;
/** How often memory is looked at, milliseconds of real time: a look reads one file of the kernel's. */
const MEMORY_LOOK_MS = 500;

const BYTES_PER_KB = 1024;
/** Linux counts processor time in hundredths of a second, on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** One run of a container: a child process. */
export class Container {
  readonly #options: ContainerOptions;
  readonly #child: ChildProcess;
  readonly #startedMs: number;
  readonly #exited = Promise.withResolvers<void>();
  #over = false;
  #outOfMemory = false;
  #cancelLook: () => void = () => undefined;

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#child = spawnTied(options.command, options);
    this.#capture('stdout');
    this.#capture('stderr');
    this.#child.once('error', (error) => {
      options.log({ part: options.part, level: 'error', text: `did not start: ${error.message}`, fields: {} });
      this.#end(undefined, undefined);
    });
    this.#child.once('exit', (code, signal) => this.#end(code ?? undefined, signal ?? undefined));
    if (options.memoryMb !== undefined) this.#watchMemory(options.memoryMb * BYTES_PER_KB * BYTES_PER_KB);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The child, for a channel to a virtual clock in it. */
  get child(): ChildProcess {
    return this.#child;
  }

  /** SIGTERM, SIGKILL after `timeoutMs`. Resolves when the process is gone. */
  async stop(timeoutMs: number): Promise<void> {
    if (!this.#over) this.#child.kill('SIGTERM');
    const cancel = this.#options.clock.after(timeoutMs, () => this.kill());
    await this.#exited.promise;
    cancel();
  }

  kill(): void {
    if (!this.#over) this.#child.kill('SIGKILL');
  }

  /** Resident memory in bytes; undefined where the system does not say (it does on Linux). */
  memoryBytes(): number | undefined {
    return this.#statusBytes('VmRSS');
  }

  #statusBytes(field: string): number | undefined {
    if (this.#over || this.pid === undefined) return undefined;
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * BYTES_PER_KB;
    } catch {
      return undefined;
    }
  }

  /** The kernel kills for what it can't take back: pages of files are not among that. */
  #watchMemory(limitBytes: number): void {
    this.#cancelLook = systemClock.after(MEMORY_LOOK_MS, () => {
      if ((this.#statusBytes('RssAnon') ?? 0) <= limitBytes) return this.#watchMemory(limitBytes);
      this.#outOfMemory = true;
      this.kill();
    });
  }

  /** Processor time used so far, milliseconds; undefined where the system does not say (it does on Linux). */
  processorMs(): number | undefined {
    if (this.#over || this.pid === undefined) return undefined;
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
      // After the name, which may hold spaces and parentheses, user and system time are the 12th and 13th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    } catch {
      return undefined;
    }
  }

  #end(code: number | undefined, signal: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelLook();
    this.#exited.resolve();
    const ranMs = this.#options.clock.monotonic() - this.#startedMs;
    const outOfMemory = this.#outOfMemory;
    this.#options.onExit({ code: outOfMemory ? EXIT_KILLED : code, signal, outOfMemory, ranMs });
  }

  #capture(stream: 'stdout' | 'stderr'): void {
    const { log, part, onOutput } = this.#options;
    const lines = lineSplitter((line) => {
      onOutput?.(line);
      log(parseLogLine(part, line, stream === 'stderr' ? 'warn' : 'info'));
    });
    this.#child[stream]?.on('data', (chunk: Buffer) => lines.push(chunk));
    this.#child[stream]?.on('end', () => lines.flush());
  }
}

/** Runs a container's health check once; true for exit code 0 within its time-out, which is real time: a process works in no other. */
export function runHealthCheck(spec: HealthCheckSpec, options: TiedChildOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawnTied(spec.command, options);
    const cancel = systemClock.after(spec.timeoutMs, () => child.kill('SIGKILL'));
    const settle = (healthy: boolean): void => {
      cancel();
      resolve(healthy);
    };
    // Nobody reads what a check writes; a full pipe would stop it.
    child.stdout?.resume();
    child.stderr?.resume();
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
  });
}
