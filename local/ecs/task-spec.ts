/** What a task runs; from the task definition of the template. Times in milliseconds. */
export interface TaskSpec {
  readonly family: string;
  readonly containerName: string;
  readonly image: string;
  /** First word `node` stands for the Node.js that runs the runner. */
  readonly command: readonly string[];
  /** Copy of the image's build context, where no `node_modules` is found upwards. */
  readonly folder: string;
  /** The whole environment beside what the runner adds for each task (metadata, TMPDIR). */
  readonly environment: Readonly<Record<string, string>>;
  readonly cpuUnits: number | undefined;
  readonly memoryMb: number | undefined;
  readonly healthCheck: HealthCheckSpec | undefined;
  readonly stopTimeoutMs: number;
  readonly restart: RestartSpec | undefined;
}

export interface HealthCheckSpec {
  /** Without `CMD`; exit code 0 is healthy. */
  readonly command: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that make a container unhealthy. */
  readonly retries: number;
  /** Failures in this time after the start don't count. */
  readonly startPeriodMs: number;
}

export interface RestartSpec {
  readonly ignoredExitCodes: readonly number[];
  /** A container that ran for less is not restarted; its task is replaced. */
  readonly attemptPeriodMs: number;
}
