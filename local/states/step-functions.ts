import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError, jsonProtocol } from '../aws/json-protocol.ts';
import { Activity } from '../clock/activity.ts';
import type { Engine, StatesEvent } from './engine.ts';
import { Execution } from './execution.ts';
import { readExecutionInput, readExecutionName } from './execution-input.ts';
import { type ExecutionRow, ExecutionStore } from './execution-store.ts';
import { RETENTION_MS } from './limits.ts';
import type { Machine } from './machine.ts';
import { InvalidDefinition, parseDefinition } from './parse-definition.ts';
import { statesActions } from './states-actions.ts';
import type { TaskPort } from './task-port.ts';
import type { TaskAnswer } from './task-token.ts';

export interface StepFunctionsOptions {
  readonly clock: Clock;
  readonly database: DatabaseSync;
  /** Runs what task states call. */
  readonly tasks: TaskPort;
  /** @default us-east-1 */
  readonly region?: string;
  /** Uniform in [0, 1), for retry jitter and `$random`. @default Math.random */
  readonly random?: () => number;
  /** @default crypto.randomUUID */
  readonly uuid?: () => string;
  /** Counts executions that work; those that wait for the clock, a task or a token do not count. */
  readonly activity?: Activity;
  /** Asked before each action of the API. @default everything is allowed */
  readonly authorize?: Authorize;
  /** Hears of defects of the interpreter. */
  readonly onDefect?: (error: unknown, executionArn: string) => void;
}

export interface StateMachineInput {
  readonly name: string;
  readonly arn: string;
  /** Amazon States Language in JSONata, JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  /** Access key of the role, passed on to every task call. @default '' */
  readonly accessKeyId?: string;
  readonly type?: 'STANDARD' | 'EXPRESS';
}

export interface StartInput {
  readonly stateMachineArn: string;
  /** @default a UUID */
  readonly name?: string | undefined;
  /** JSON text. @default {} */
  readonly input?: string | undefined;
}

/**
 * Step Functions (Standard workflows in JSONata) on one machine. Executions live in SQLite; after the
 * machines are created again, `resume()` lets them go on where they were.
 */
export class StepFunctions implements AwsService {
  readonly #engine: Engine;
  readonly #store: ExecutionStore;
  readonly #machines = new Map<string, Machine>();
  readonly #live = new Map<string, Execution>();
  readonly #listeners = new Set<(event: StatesEvent) => void>();
  readonly #protocol: AwsService;
  #transitions = 0;

  constructor(options: StepFunctionsOptions) {
    this.#store = new ExecutionStore(options.database);
    this.#engine = {
      clock: wholeMilliseconds(options.clock),
      store: this.#store,
      tasks: options.tasks,
      sources: {
        random: options.random ?? Math.random,
        uuid: options.uuid ?? randomUUID,
        now: () => Math.floor(options.clock.now()),
      },
      region: options.region ?? 'us-east-1',
      activity: options.activity ?? new Activity(),
      emit: (event) => this.#emit(event),
      countTransition: () => {
        this.#transitions += 1;
      },
      onDefect: options.onDefect ?? (() => undefined),
    };
    this.#protocol = jsonProtocol({
      target: 'AWSStepFunctions',
      version: '1.0',
      actions: statesActions(this, options.authorize),
    });
    this.#store.sweep(options.clock.now());
  }

  handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    return this.#protocol.handle(request, response, call);
  }

  /**
   * Creates or updates a machine. Executions under way keep the definition they started with, as in AWS.
   *
   * @throws InvalidDefinition
   */
  createStateMachine(input: StateMachineInput): void {
    if (input.type === 'EXPRESS') {
      throw new InvalidDefinition(`${input.name} is an Express workflow; only Standard ones run here.`);
    }
    this.#machines.set(input.arn, {
      name: input.name,
      arn: input.arn,
      text: input.definition,
      definition: parseDefinition(input.definition),
      definitionHash: this.#store.saveDefinition(input.definition),
      roleArn: input.roleArn,
      accessKeyId: input.accessKeyId ?? '',
      createdMs: this.#machines.get(input.arn)?.createdMs ?? this.#engine.clock.now(),
    });
  }

  /**
   * Lets executions of an earlier process go on. Call it once, after all machines were created and what
   * their tasks call is up. Those whose machine is gone are aborted, as after DeleteStateMachine.
   */
  resume(): void {
    for (const row of this.#store.running()) {
      if (this.#live.has(row.arn)) continue;
      const machine = this.#machines.get(row.machineArn);
      if (machine) this.#resume(machine, row);
      else this.#run(orphanMachine(row), row).end({ status: 'ABORTED', cause: 'The state machine was deleted.' });
    }
  }

  /**
   * Starts an execution, or returns the one of that name if it still runs with the same input.
   *
   * @throws AwsError StateMachineDoesNotExist, InvalidName, InvalidExecutionInput, ExecutionAlreadyExists
   */
  startExecution(input: StartInput): { executionArn: string; startMs: number } {
    const machine = this.machine(input.stateMachineArn);
    const name = readExecutionName(input.name ?? this.#engine.sources.uuid());
    const text = readExecutionInput(input.input ?? '{}');
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const nowMs = this.#engine.clock.now();
    this.#store.sweep(nowMs);
    const earlier = this.execution(arn);
    if (earlier?.status === 'RUNNING' && earlier.input === text) return { executionArn: arn, startMs: earlier.startMs };
    if (earlier) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    this.#store.drop(arn);
    this.#run(machine, newRow({ arn, name, machine, input: text, startMs: nowMs })).start();
    return { executionArn: arn, startMs: nowMs };
  }

  /** @throws AwsError ExecutionDoesNotExist */
  stopExecution(arn: string, why: { error?: string | undefined; cause?: string | undefined } = {}): ExecutionRow {
    const row = this.describeExecution(arn);
    const execution = this.#live.get(arn);
    execution?.end({ status: 'ABORTED', ...why });
    return execution?.row ?? row;
  }

  /** One execution. @throws AwsError ExecutionDoesNotExist */
  describeExecution(arn: string): ExecutionRow {
    const row = this.execution(arn);
    if (row) return row;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  /** One execution; undefined when there is none of that ARN or it closed over 90 days ago. */
  execution(arn: string): ExecutionRow | undefined {
    const row = this.#live.get(arn)?.row ?? this.#store.execution(arn);
    return row?.stopMs != null && row.stopMs < this.#engine.clock.now() - RETENTION_MS ? undefined : row;
  }

  /** @throws AwsError StateMachineDoesNotExist */
  machine(arn: string): Machine {
    const machine = this.#machines.get(arn);
    if (machine) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  machines(): Machine[] {
    return [...this.#machines.values()];
  }

  get store(): ExecutionStore {
    return this.#store;
  }

  /** Resolves once the execution has ended, at once if it has. @throws AwsError ExecutionDoesNotExist */
  async ended(arn: string): Promise<ExecutionRow> {
    const row = this.describeExecution(arn);
    if (row.status !== 'RUNNING') return row;
    return new Promise((resolve) => {
      const off = this.on((event) => {
        if (event.type !== 'executionEnded' || event.executionArn !== arn) return;
        off();
        resolve(this.describeExecution(arn));
      });
    });
  }

  /** Answers a task token; false when nothing waits for it. */
  answerTask(token: string, answer: TaskAnswer): boolean {
    return this.#holderOf(token)?.answer(token, answer) ?? false;
  }

  /** Keeps a task with a token alive; false when nothing waits for it. */
  heartbeatTask(token: string): boolean {
    return this.#holderOf(token)?.heartbeat(token) ?? false;
  }

  /**
   * State transitions as AWS bills them (each state entered and each retry): of one execution, or of all
   * since this process started.
   */
  transitions(executionArn?: string): number {
    return executionArn === undefined ? this.#transitions : (this.execution(executionArn)?.transitions ?? 0);
  }

  /** Hears of every execution and state until the returned function is called. */
  on(listener: (event: StatesEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops running executions here; they stay RUNNING and go on after the next `resume()`. */
  close(): void {
    for (const execution of this.#live.values()) execution.detach();
    this.#live.clear();
  }

  #holderOf(token: string): Execution | undefined {
    const arn = this.#store.strandOfToken(token)?.arn;
    return arn === undefined ? undefined : this.#live.get(arn);
  }

  #resume(machine: Machine, row: ExecutionRow): void {
    const body = row.definitionHash === machine.definitionHash ? undefined : this.#store.definition(row.definitionHash);
    try {
      this.#run(machine, row, body === undefined ? machine.definition : parseDefinition(body)).resume();
    } catch (error) {
      if (!(error instanceof InvalidDefinition)) throw error;
      const cause = `The definition that it started with does not run here any more: ${error.message}`;
      this.#run(machine, row).end({ status: 'FAILED', error: 'States.Runtime', cause });
    }
  }

  #run(machine: Machine, row: ExecutionRow, definition = machine.definition): Execution {
    const execution = new Execution(this.#engine, { machine, definition, row }, () => this.#live.delete(row.arn));
    this.#live.set(row.arn, execution);
    return execution;
  }

  #emit(event: StatesEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** AWS's times have no fractions of a millisecond, and neither have the columns of the store. */
function wholeMilliseconds(clock: Clock): Clock {
  return {
    now: () => Math.floor(clock.now()),
    monotonic: () => clock.monotonic(),
    after: (delayMs, fire) => clock.after(delayMs, fire),
  };
}

/** Stands in for a machine that the template does not have any more. */
function orphanMachine(row: ExecutionRow): Machine {
  const definition = { StartAt: '', States: {} };
  const lost = { text: '', definition, definitionHash: '', roleArn: '', accessKeyId: '', createdMs: 0 };
  return { name: '', arn: row.machineArn, ...lost };
}

function newRow(of: { arn: string; name: string; machine: Machine; input: string; startMs: number }): ExecutionRow {
  const { machine, ...rest } = of;
  const open = { status: 'RUNNING', output: null, error: null, cause: null, stopMs: null } as const;
  return {
    ...rest,
    machineArn: machine.arn,
    definitionHash: machine.definitionHash,
    ...open,
    transitions: 0,
    events: 0,
  };
}
