import { Worker } from 'node:worker_threads';
import type { Clock } from '#core/domain/clock.ts';
import type { WorkerTimeHost } from '../clock/time-hosts.ts';
import { lineSplitter } from '../logs/log-line.ts';
import type { FunctionDefinition, FunctionFault, InvocationResult } from './function-definition.ts';
import { MAX_RESPONSE_BYTES } from './function-definition.ts';
import type { DieMessage, InvokeMessage, SandboxData, SandboxMessage } from './sandbox-protocol.ts';

export interface SandboxOptions {
  readonly definition: FunctionDefinition;
  readonly clock: Clock;
  /** Gets what the function writes, line by line. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Called once, when no further invocation can run here. */
  readonly onEnd: () => void;
  /** Puts the worker on a virtual clock's time; undefined with the clock of the machine. */
  readonly time?: WorkerTimeHost | undefined;
}

/** Longest init phase (AWS: "The Init phase is limited to 10 seconds"). */
const INIT_LIMIT_MS = 10_000;
/** Young generation of a worker: 8 MB is enough for handlers and keeps a busy runner at 620 MB instead of 870 (measured). */
const YOUNG_GENERATION_MB = 8;

const BOOTSTRAP = new URL('./sandbox-worker.ts', import.meta.url);

interface Running {
  readonly requestId: string;
  readonly settle: (result: InvocationResult) => void;
}

const fault = (errorType: string, errorMessage: string): InvocationResult => ({
  ok: false,
  error: { errorType, errorMessage },
});

/** One execution environment of a function: a worker thread that handles one event at a time. */
export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #worker: Worker;
  readonly #initialised: Promise<FunctionFault | undefined>;
  readonly #leaveTime: (() => void) | undefined;
  #running: Running | undefined;
  #ended = false;
  /** Why the worker died, as far as an event told. */
  #crash: Error | undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
    const { definition } = options;
    const data: SandboxData = {
      folder: definition.folder,
      handler: definition.handler,
      preload: options.time?.preload,
    };
    this.#worker = new Worker(BOOTSTRAP, {
      workerData: data,
      env: { ...definition.environment },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      stdout: true,
      stderr: true,
      name: definition.name,
    });
    this.#leaveTime = options.time?.attach(this.#worker);
    this.#capture('stdout');
    this.#capture('stderr');
    this.#initialised = this.#watch();
  }

  /** Whether further invocations can run here. */
  get usable(): boolean {
    return !this.#ended;
  }

  /** Whether it handles an event now. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Runs one event; never rejects. The sandbox ends itself on a time-out, a crash and a failed init.
   * @param event JSON text
   */
  async invoke(event: string, requestId: string): Promise<InvocationResult> {
    const initFault = await this.#init();
    if (initFault) {
      await this.end();
      return { ok: false, error: initFault };
    }
    const { clock, definition } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.after(definition.timeoutMs, () => this.#timeOut(requestId));
      this.#running = {
        requestId,
        settle: (result) => {
          this.#running = undefined;
          cancel();
          resolve(result);
        },
      };
      const message: InvokeMessage = {
        type: 'invoke',
        requestId,
        event,
        deadlineMs: clock.now() + definition.timeoutMs,
        functionArn: definition.arn,
      };
      if (this.#ended) return this.#settleDeath(1);
      this.#worker.postMessage(message);
    });
  }

  /** Stops the worker, whatever it does. */
  async end(): Promise<void> {
    this.#markEnded();
    await this.#worker.terminate();
  }

  /**
   * Lets the process die in the middle of its event, between two turns of its loop: all that the world can see of a process
   * happens at their ends. (A worker that is terminated inside of node's zlib takes the whole process down with it, node 24.)
   */
  crash(): void {
    this.#markEnded();
    this.#worker.postMessage({ type: 'die' } satisfies DieMessage);
  }

  #markEnded(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leaveTime?.();
    this.#options.onEnd();
  }

  /** The init phase has a limit of its own; its time does not count for the invocation. */
  #init(): Promise<FunctionFault | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(INIT_LIMIT_MS, () =>
        resolve({ errorType: 'Sandbox.Timedout', errorMessage: 'Init timed out after 10.00 seconds' }),
      );
      void this.#initialised.then((initFault) => {
        cancel();
        resolve(initFault);
      });
    });
  }

  #timeOut(requestId: string): void {
    const running = this.#running;
    // Out of the pool first: the next invocation must not land on a worker that is being terminated.
    this.#markEnded();
    const seconds = (this.#options.definition.timeoutMs / 1000).toFixed(2);
    running?.settle(
      fault('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`),
    );
    void this.#worker.terminate();
  }

  #watch(): Promise<FunctionFault | undefined> {
    return new Promise((resolve) => {
      this.#worker.on('message', (message: SandboxMessage) => {
        if (message.type === 'ready') resolve(undefined);
        else if (message.type === 'init-failed') resolve(message.error);
        else if (message.type === 'done' || message.type === 'failed') this.#finish(message);
      });
      this.#worker.on('error', (error: unknown) => {
        this.#crash = error instanceof Error ? error : new Error(String(error));
      });
      this.#worker.on('exit', (code) => {
        this.#markEnded();
        resolve({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited during init with status ${code}` });
        this.#settleDeath(code);
      });
    });
  }

  #finish(message: Extract<SandboxMessage, { requestId: string }>): void {
    if (this.#running?.requestId !== message.requestId) return;
    if (message.type === 'failed') this.#running.settle({ ok: false, error: message.error });
    else if (Buffer.byteLength(message.payload) > MAX_RESPONSE_BYTES)
      this.#running.settle(
        fault(
          'Function.ResponseSizeTooLarge',
          `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
        ),
      );
    else this.#running.settle({ ok: true, payload: message.payload });
  }

  #settleDeath(code: number): void {
    const running = this.#running;
    if (!running) return;
    const crash = this.#crash;
    const prefix = `RequestId: ${running.requestId} Error:`;
    if (!crash) running.settle(fault('Runtime.ExitError', `${prefix} Runtime exited with error: exit status ${code}`));
    else if ('code' in crash && crash.code === 'ERR_WORKER_OUT_OF_MEMORY')
      running.settle(fault('Runtime.OutOfMemory', `${prefix} Runtime exited with error: signal: killed`));
    else running.settle({ ok: false, error: uncaught(crash) });
  }

  #capture(stream: 'stdout' | 'stderr'): void {
    const lines = lineSplitter((line) => this.#options.onLine(line, stream));
    this.#worker[stream].on('data', (chunk: Buffer) => lines.push(chunk));
    this.#worker[stream].on('end', () => lines.flush());
  }
}

const uncaught = (error: Error): FunctionFault => ({
  errorType: error.name === 'Error' ? 'Runtime.UnhandledError' : error.name,
  errorMessage: error.message,
  trace: (error.stack ?? '').split('\n'),
});
