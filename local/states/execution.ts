import type { Definition } from './definition.ts';
import { type Engine, HistoryFull, Interrupted } from './engine.ts';
import type { ExecutionRow, ExecutionStatus } from './execution-store.ts';
import type { JsonObject } from './json.ts';
import { MAX_EXECUTION_MS, MAX_HISTORY_EVENTS } from './limits.ts';
import type { Machine } from './machine.ts';
import { runBlock } from './run-block.ts';
import { StatesError } from './states-error.ts';
import { appendEvent, type ExecutionContext, interrupt, newStrandRow, Strand } from './strand.ts';
import type { TaskAnswer } from './task-token.ts';

const ROOT = '0';

/** How an execution ended. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  /** JSON text. */
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** One execution that runs in this process. */
export class Execution implements ExecutionContext {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly row: ExecutionRow;
  readonly callbacks = new Map<string, Strand>();
  readonly #definition: Definition;
  readonly #controller = new AbortController();
  readonly #onEnd: (execution: Execution) => void;
  #cancelDeadline: (() => void) | undefined;
  #root: Strand | undefined;

  constructor(
    engine: Engine,
    of: { machine: Machine; definition: Definition; row: ExecutionRow },
    onEnd: (execution: Execution) => void,
  ) {
    this.engine = engine;
    this.machine = of.machine;
    this.#definition = of.definition;
    this.row = of.row;
    this.#onEnd = onEnd;
  }

  /** Makes a new execution durable in its first state, then runs it. */
  start(): void {
    const { row, engine, machine } = this;
    const root = this.#strand(newStrandRow(row.arn, ROOT, 0));
    root.commit(() => {
      engine.store.saveExecution(row);
      root.event('ExecutionStarted', {
        executionStartedEventDetails: {
          input: row.input,
          inputDetails: { truncated: false },
          roleArn: machine.roleArn,
        },
      });
      root.enter(this.#definition.StartAt, row.input);
    });
    engine.emit({ type: 'executionStarted', executionArn: row.arn, atMs: row.startMs });
    root.announce();
    this.#run(root);
  }

  /** Goes on where the row of the execution's strand says. */
  resume(): void {
    const stored = this.engine.store.strand(this.row.arn, ROOT);
    if (stored) return this.#run(this.#strand(stored));
    this.end({ status: 'FAILED', error: 'States.Runtime', cause: 'The state of the execution is lost.' });
  }

  /** Ends the execution now, whatever it does. Its tasks in flight are aborted and their results ignored. */
  end(end: ExecutionEnd): void {
    if (this.row.status !== 'RUNNING') return;
    this.detach();
    const { row, engine } = this;
    const previousId = this.#root?.row.lastEvent ?? row.events;
    Object.assign(row, {
      status: end.status,
      output: end.output ?? null,
      error: end.error ?? null,
      cause: end.cause ?? null,
      stopMs: engine.clock.now(),
    });
    engine.store.transaction(() => {
      appendEvent(this, { previousId, ...endEvent(end) });
      engine.store.saveExecution(row);
      engine.store.dropStrands(row.arn);
    });
    this.#onEnd(this);
    engine.emit({
      type: 'executionEnded',
      executionArn: row.arn,
      status: end.status,
      ...(end.error === undefined ? {} : { error: end.error }),
      ...(end.cause === undefined ? {} : { cause: end.cause }),
      atMs: row.stopMs ?? 0,
    });
  }

  /** Stops running here and writes nothing more; what is durable stays as it is. */
  detach(): void {
    this.#cancelDeadline?.();
    interrupt(this.#controller);
  }

  /** Hands the answer to a task's token over; false when nothing waits for it. */
  answer(token: string, answer: TaskAnswer): boolean {
    const strand = this.callbacks.get(token);
    if (!strand || strand.signal.aborted || strand.row.answer !== null) return false;
    strand.commit(() => {
      strand.row.answer = JSON.stringify(answer);
    });
    strand.onCallback?.();
    return true;
  }

  /** Moves a waiting task's heartbeat deadline; false when nothing waits for the token. */
  heartbeat(token: string): boolean {
    const strand = this.callbacks.get(token);
    if (!strand || strand.signal.aborted) return false;
    const { row } = strand;
    strand.commit(() => {
      if (row.heartbeatEveryMs !== null) row.heartbeatMs = this.engine.clock.now() + row.heartbeatEveryMs;
    });
    strand.onCallback?.();
    return true;
  }

  #strand(row: Strand['row']): Strand {
    this.#root = new Strand(this, { row, block: this.#definition, outer: {}, signal: this.#controller.signal });
    return this.#root;
  }

  #run(root: Strand): void {
    const { clock } = this.engine;
    const timeoutMs = this.#definition.TimeoutSeconds;
    const lifeMs = Math.min(timeoutMs === undefined ? Number.POSITIVE_INFINITY : timeoutMs * 1000, MAX_EXECUTION_MS);
    this.#cancelDeadline = clock.after(this.row.startMs + lifeMs - clock.now(), () =>
      this.end({ status: 'TIMED_OUT', error: 'States.Timeout' }),
    );
    runBlock(root).then(
      (output) => this.end({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    if (error instanceof Interrupted) return;
    if (error instanceof StatesError) return this.end({ status: 'FAILED', error: error.error, cause: error.reason });
    if (error instanceof HistoryFull) {
      const cause = `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`;
      return this.end({ status: 'FAILED', error: 'States.Runtime', cause });
    }
    this.engine.onDefect(error, this.row.arn);
    this.end({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: error instanceof Error ? error.message : String(error),
    });
  }
}

const END_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

function endEvent(end: ExecutionEnd): { type: string; details: JsonObject } {
  const type = END_EVENTS[end.status];
  const { output, error, cause } = end;
  const details: JsonObject = {
    ...(output === undefined ? {} : { output, outputDetails: { truncated: false } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
  return { type, details: { [`e${type.slice(1)}EventDetails`]: details } };
}
