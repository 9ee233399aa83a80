import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '#core/domain/clock.ts';
import type { Activity } from '../clock/activity.ts';
import type { ChildTimeHost } from '../clock/time-hosts.ts';
import type { LogSink } from '../logs/log-line.ts';
import { Container, type ContainerExit, runHealthCheck } from './container.ts';
import { type Health, HealthMonitor } from './health-monitor.ts';
import type { ContainerDescription } from './metadata-document.ts';
import type { TaskSpec } from './task-spec.ts';

/** What happens to a task; tests await these instead of polling. */
export type TaskEvent =
  | { readonly type: 'started' | 'restarted'; readonly taskArn: string; readonly pid: number | undefined }
  | { readonly type: 'health'; readonly taskArn: string; readonly health: Health }
  | {
      readonly type: 'exited';
      readonly taskArn: string;
      readonly code: number | undefined;
      readonly signal: string | undefined;
      /** Why ECS has ended the container; undefined where it ended by itself. */
      readonly reason: string | undefined;
    }
  | { readonly type: 'stopped'; readonly taskArn: string; readonly reason: string };

/** What all tasks of a runner share. */
export interface TaskHost {
  readonly clock: Clock;
  readonly log: LogSink;
  /** `http://127.0.0.1:<port>/v4/<task id>` answers about the task. */
  readonly metadataUri: (taskId: string) => string;
  /** Each task has a folder of its own here. */
  readonly scratch: string;
  readonly onOutput?: ((line: string) => void) | undefined;
  /** Counts health checks under way: they take real time, in which a virtual clock stands still. */
  readonly activity: Activity;
  /** A virtual clock's way into the containers; undefined with the clock of the machine. */
  readonly childTime?: ChildTimeHost | undefined;
}

export interface TaskOptions {
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly part: string;
  readonly spec: TaskSpec;
  readonly host: TaskHost;
  readonly onEvent: (event: TaskEvent) => void;
}

/** ECS's own words. */
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

export type TaskStatus = 'RUNNING' | 'STOPPING' | 'STOPPED';

/** One task of a service: a container that is restarted as its policy says, with its health. */
export class Task {
  readonly options: TaskOptions;
  readonly startedAtMs: number;
  readonly #stopped = Promise.withResolvers<void>();
  #container: Container;
  #monitor: HealthMonitor | undefined;
  #status: TaskStatus = 'RUNNING';
  #restarts = 0;
  #reason = '';

  constructor(options: TaskOptions) {
    this.options = options;
    this.startedAtMs = options.host.clock.now();
    mkdirSync(this.#temporaryFolder, { recursive: true, mode: 0o700 });
    this.#container = this.#run();
    options.onEvent({ type: 'started', taskArn: options.arn, pid: this.#container.pid });
  }

  get id(): string {
    return this.options.id;
  }

  get arn(): string {
    return this.options.arn;
  }

  get status(): TaskStatus {
    return this.#status;
  }

  get pid(): number | undefined {
    return this.#container.pid;
  }

  /** Without a health check a running task counts as healthy. */
  get health(): Health {
    if (!this.options.spec.healthCheck) return this.#status === 'RUNNING' ? 'HEALTHY' : 'UNKNOWN';
    return this.#monitor?.health ?? 'UNKNOWN';
  }

  /** What `ECS_CONTAINER_METADATA_URI_V4` tells. */
  describe(): ContainerDescription {
    const { id, arn, clusterArn, spec } = this.options;
    return {
      taskId: id,
      taskArn: arn,
      clusterArn,
      spec,
      status: this.#status,
      health: this.health,
      startedAtMs: this.startedAtMs,
      restarts: this.#restarts,
    };
  }

  memoryBytes(): number | undefined {
    return this.#container.memoryBytes();
  }

  /** Processor time that the running container has used, milliseconds. */
  processorMs(): number | undefined {
    return this.#container.processorMs();
  }

  /** Stops the container (SIGTERM, SIGKILL after the stop time-out). Resolves when it is gone. */
  async stop(reason: string): Promise<void> {
    if (this.#status === 'RUNNING') {
      this.#status = 'STOPPING';
      this.#reason = reason;
      this.#monitor?.stop();
      await this.#container.stop(this.options.spec.stopTimeoutMs);
    }
    await this.#stopped.promise;
  }

  /** SIGKILL, as when its host is gone. */
  kill(): void {
    this.#container.kill();
  }

  get #temporaryFolder(): string {
    return path.join(this.options.host.scratch, 'tasks', this.id, 'tmp');
  }

  get #environment(): Record<string, string> {
    return {
      ...this.options.spec.environment,
      ECS_CONTAINER_METADATA_URI_V4: this.options.host.metadataUri(this.id),
      TMPDIR: this.#temporaryFolder,
      HOME: this.#temporaryFolder,
    };
  }

  #run(): Container {
    const { spec, host, part } = this.options;
    const { clock, log, onOutput, childTime, activity } = host;
    const place = { cwd: spec.folder, environment: this.#environment };
    let detach: (() => void) | undefined;
    const container = new Container({
      ...place,
      command: spec.command,
      preload: childTime?.preload,
      clock,
      log,
      part,
      onOutput,
      memoryMb: spec.memoryMb,
      onExit: (exit) => {
        detach?.();
        this.#exited(exit);
      },
    });
    detach = childTime?.attach(container);
    const { healthCheck } = spec;
    this.#monitor =
      healthCheck &&
      new HealthMonitor({
        spec: healthCheck,
        clock,
        // It compares times, so it has to see the container's; read anew, since that is the time of its start.
        check: () => activity.during(runHealthCheck(healthCheck, { ...place, preload: childTime?.preload })),
        onChange: (health) => this.options.onEvent({ type: 'health', taskArn: this.arn, health }),
      });
    return container;
  }

  #exited({ code, signal, outOfMemory, ranMs }: ContainerExit): void {
    const { onEvent, spec, part, host } = this.options;
    this.#monitor?.stop();
    const reason = outOfMemory ? OUT_OF_MEMORY : undefined;
    if (reason !== undefined)
      host.log({ part, level: 'error', text: `Task ${this.id}: ${reason}`, fields: { memoryMb: spec.memoryMb } });
    onEvent({ type: 'exited', taskArn: this.arn, code, signal, reason });
    const { restart } = spec;
    const again =
      this.#status === 'RUNNING' &&
      restart !== undefined &&
      ranMs >= restart.attemptPeriodMs &&
      !(code !== undefined && restart.ignoredExitCodes.includes(code));
    if (!again) return this.#finish(this.#reason || 'Essential container in task exited');
    this.#restarts += 1;
    this.#container = this.#run();
    onEvent({ type: 'restarted', taskArn: this.arn, pid: this.#container.pid });
  }

  #finish(reason: string): void {
    this.#status = 'STOPPED';
    rmSync(path.dirname(this.#temporaryFolder), { recursive: true, force: true });
    this.#stopped.resolve();
    this.options.onEvent({ type: 'stopped', taskArn: this.arn, reason });
  }
}
