import { DatabaseSync } from 'node:sqlite';
import { Activity } from '../../../local/clock/activity.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { StepFunctions } from '../../../local/states/step-functions.ts';
import type { TaskCall, TaskPort } from '../../../local/states/task-port.ts';

/** Records what tasks call and answers with their arguments, or as told. */
class TaskDouble implements TaskPort {
  readonly calls: TaskCall[] = [];
  answer: (call: TaskCall) => Promise<Json> = (call) => Promise.resolve(call.arguments);

  invoke(call: TaskCall): Promise<Json> {
    this.calls.push(call);
    return this.answer(call);
  }
}

export const machineArn = (name: string): string => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;

/** A task state that invokes a function and ends. */
export const task = (more: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  End: true,
  ...more,
});

export const START = Date.UTC(2026, 10, 20);
export const HOUR = 3_600_000;

/** Step Functions on a virtual clock, with one machine `m`. */
export class StatesBench {
  readonly clock: VirtualClock;
  readonly activity = new Activity();
  readonly tasks = new TaskDouble();
  readonly database: DatabaseSync;
  states: StepFunctions;

  constructor(database = new DatabaseSync(':memory:'), startMs = START) {
    this.database = database;
    this.clock = new VirtualClock(startMs);
    this.states = this.#create();
  }

  #create(): StepFunctions {
    const { clock, activity, tasks, database } = this;
    return new StepFunctions({
      clock,
      activity,
      tasks,
      database,
      random: () => 0.5,
      onDefect: (error) => {
        throw error;
      },
    });
  }

  /** Creates machine `m` and starts it. */
  start(definition: object, input: Json = {}): string {
    this.define(definition);
    return this.states.startExecution({ stateMachineArn: machineArn('m'), name: 'e', input: JSON.stringify(input) })
      .executionArn;
  }

  define(definition: object): void {
    const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
    this.states.createStateMachine({
      name: 'm',
      arn: machineArn('m'),
      definition: text,
      roleArn: 'arn:aws:iam::000000000000:role/r',
      accessKeyId: 'KEY',
    });
  }

  /** What is left after kill -9: the database. */
  crash(): void {
    this.states.close();
    this.states = this.#create();
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, () => this.activity.idle());
  }

  settle(): Promise<void> {
    return this.activity.idle();
  }

  async run(
    definition: object,
    input: Json = {},
  ): Promise<{ status: string; output: unknown; error: unknown; cause: unknown }> {
    const arn = this.start(definition, input);
    await this.settle();
    for (let i = 0; i < 100 && this.states.describeExecution(arn).status === 'RUNNING'; i += 1) {
      await this.advance(this.clock.untilNext() ?? 0);
    }
    return this.result(arn);
  }

  result(arn: string): { status: string; output: unknown; error: unknown; cause: unknown } {
    const row = this.states.describeExecution(arn);
    return {
      status: row.status,
      output: row.output === null ? null : JSON.parse(row.output),
      error: row.error,
      cause: row.cause,
    };
  }

  history(arn: string): string[] {
    return this.states.store.events(arn, { id: 0, reverse: false, limit: 100 }).map((event) => event.type);
  }
}

/** A Pass state that ends. */
export const pass = (more: object = {}): object => ({ Type: 'Pass', End: true, ...more });
/** Machine of one state `S`. */
export const one = (state: object): object => ({ StartAt: 'S', States: { S: state } });
