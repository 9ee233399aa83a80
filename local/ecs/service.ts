import { randomBytes } from 'node:crypto';
import { Task, type TaskEvent, type TaskHost } from './task.ts';
import type { TaskSpec } from './task-spec.ts';

/** Ids of the tasks of an earlier run, so that a task is the same after a restart of the runner. */
export interface TaskIdStore {
  load(service: string): readonly string[];
  save(service: string, taskIds: readonly string[]): void;
}

export interface ServiceOptions {
  readonly name: string;
  readonly clusterName: string;
  readonly region: string;
  readonly accountId: string;
  readonly desiredCount: number;
  readonly spec: TaskSpec;
  readonly host: TaskHost;
  readonly ids: TaskIdStore;
  /** Short name in the logs. */
  readonly part: string;
}

/** Waits before another task is started after one that failed at once: ECS throttles such services too. */
const BACKOFF_MS = [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000];
/** A task that ran this long is no failure of its start. */
const STEADY_MS = 60_000;
/** Of a task's id in the logs. */
const PART_DIGITS = 2;
/** Failed tasks of one deployment that make the circuit breaker give up: "the minimum threshold is 3". */
const BREAKER_THRESHOLD = 3;

/** A deployment that the circuit breaker has rolled back; the message says why the last task stopped. */
export class DeploymentFailed extends Error {
  override readonly name = 'DeploymentFailed';
}

/** An ECS service: keeps the desired number of tasks running and replaces them without a gap. */
export class EcsService {
  readonly #options: ServiceOptions;
  readonly #tasks = new Set<Task>();
  readonly #listeners = new Set<(event: TaskEvent) => void>();
  #spec: TaskSpec;
  #desiredCount: number;
  #failuresInRow = 0;
  #cancelBackoff: (() => void) | undefined;
  #stopping = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#spec = options.spec;
    this.#desiredCount = options.desiredCount;
  }

  get name(): string {
    return this.#options.name;
  }

  get desiredCount(): number {
    return this.#desiredCount;
  }

  get tasks(): readonly Task[] {
    return [...this.#tasks];
  }

  /** Hears of everything that happens to the tasks. Returns how to stop. */
  on(listener: (event: TaskEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Starts the desired number of tasks, with the ids of the last run where there are any. */
  start(): void {
    const known = this.#options.ids.load(this.#options.name);
    for (let index = 0; index < this.#desiredCount; index++) this.#launch(known[index]);
  }

  /** Starts further tasks, or stops the youngest, until there are as many. */
  setDesiredCount(count: number): void {
    this.#desiredCount = count;
    if (this.#stopping) return;
    const running = this.tasks.filter(({ status }) => status === 'RUNNING');
    for (let index = running.length; index < count; index++) this.#launch();
    for (const task of running.slice(count)) void task.stop('Scaling activity initiated by application auto scaling');
  }

  /**
   * Replaces all tasks, as a deployment does at minimum 100 % and maximum 200 %: new ones first, the old ones get
   * SIGTERM when the new ones are healthy. Resolves when the old ones are gone.
   * @param spec what the new tasks run; @default what the old ones run
   * @throws DeploymentFailed when the new tasks don't get healthy; the old ones run on
   */
  async replace(spec: TaskSpec = this.#spec): Promise<void> {
    const before = this.#spec;
    const old = this.tasks;
    this.#spec = spec;
    const fresh = Array.from({ length: this.#desiredCount }, () => this.#healthyTask());
    try {
      await Promise.all(fresh);
    } catch (error) {
      this.#spec = before;
      const newer = this.tasks.filter((task) => !old.includes(task));
      await Promise.all(newer.map((task) => task.stop('Deployment failed')));
      throw error;
    }
    await Promise.all(old.map((task) => task.stop('Scaling activity initiated by deployment')));
  }

  /** Stops all tasks and starts no more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelBackoff?.();
    await Promise.all(this.tasks.map((task) => task.stop('Service stopped')));
  }

  /** SIGKILL for all tasks. */
  kill(): void {
    this.#stopping = true;
    this.#cancelBackoff?.();
    for (const task of this.#tasks) task.kill();
  }

  /** Starts a task and waits for its health; starts another one when it stops before, up to the breaker's threshold. */
  async #healthyTask(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const reason = await this.#outcome();
      if (reason === undefined) return;
      if (attempt >= BREAKER_THRESHOLD)
        throw new DeploymentFailed(`The new tasks of ${this.#options.name} don't get healthy: ${reason}.`);
    }
  }

  /** undefined when a new task became healthy, else why it stopped. */
  #outcome(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const task = this.#launch();
      if (task.health === 'HEALTHY') return resolve(undefined);
      const settle = (reason: string | undefined): void => {
        stop();
        resolve(reason);
      };
      const stop = this.on((event) => {
        if (event.taskArn !== task.arn) return;
        if (event.type === 'health' && event.health === 'HEALTHY') settle(undefined);
        if (event.type === 'stopped') settle(event.reason);
      });
    });
  }

  #launch(id: string = randomBytes(16).toString('hex')): Task {
    const { accountId, region, clusterName, part, host } = this.#options;
    const task: Task = new Task({
      id,
      arn: `arn:aws:ecs:${region}:${accountId}:task/${clusterName}/${id}`,
      clusterArn: `arn:aws:ecs:${region}:${accountId}:cluster/${clusterName}`,
      // Of several tasks each line says whose it is.
      part: this.#desiredCount > 1 ? `${part}-${id.slice(0, PART_DIGITS)}` : part,
      spec: this.#spec,
      host,
      // A task that fails at once speaks before it is known here.
      onEvent: (event) => queueMicrotask(() => this.#heard(task, event)),
    });
    this.#tasks.add(task);
    this.#saveIds();
    return task;
  }

  #heard(task: Task, event: TaskEvent): void {
    const { host, part } = this.#options;
    if (event.type === 'stopped') {
      this.#tasks.delete(task);
      host.log({
        part,
        level: this.#stopping ? 'debug' : 'info',
        text: `Task ${task.id} stopped: ${event.reason}`,
        fields: {},
      });
    }
    for (const listener of this.#listeners) listener(event);
    if (event.type === 'health' && event.health === 'UNHEALTHY') void task.stop('Task failed container health checks');
    if (event.type !== 'stopped' || this.#stopping) return;
    this.#saveIds();
    this.#reconcile(task);
  }

  #reconcile(stopped: Task): void {
    if (this.#tasks.size >= this.#desiredCount) return;
    const { clock } = this.#options.host;
    this.#failuresInRow = clock.now() - stopped.startedAtMs >= STEADY_MS ? 0 : this.#failuresInRow + 1;
    const delay = BACKOFF_MS[Math.min(Math.max(0, this.#failuresInRow - 1), BACKOFF_MS.length - 1)] ?? 0;
    this.#cancelBackoff?.();
    this.#cancelBackoff = clock.after(delay, () => {
      while (!this.#stopping && this.#tasks.size < this.#desiredCount) this.#launch();
    });
  }

  #saveIds(): void {
    const ids = this.tasks.map((task) => task.id).slice(-this.#desiredCount);
    this.#options.ids.save(this.#options.name, ids);
  }
}
