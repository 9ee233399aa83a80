import { sleep } from '#core/domain/clock.ts';
import type { State, StateBlock } from './definition.ts';
import { type Engine, HistoryFull, Interrupted } from './engine.ts';
import type { ExecutionRow, StrandRow } from './execution-store.ts';
import type { Scope } from './expression.ts';
import type { Json, JsonObject } from './json.ts';
import { MAX_HISTORY_EVENTS, MAX_VARIABLES_BYTES } from './limits.ts';
import type { Machine } from './machine.ts';
import { StatesError, serializeStateData } from './states-error.ts';

/** Item of the Map iteration that a strand runs in. */
export type MapItem = { readonly Index: number; readonly Value: Json };

/** What the strands of one execution share. */
export interface ExecutionContext {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly row: ExecutionRow;
  /** Strands that wait for a token, by token. */
  readonly callbacks: Map<string, Strand>;
}

export interface StrandPlace {
  readonly row: StrandRow;
  /** The states that the strand moves in. */
  readonly block: StateBlock;
  /** Variables of the scopes around this one. */
  readonly outer: JsonObject;
  readonly signal: AbortSignal;
  readonly mapItem?: MapItem | undefined;
}

/** How a state ended: where it goes and what it hands on. */
export interface Outcome {
  readonly next: string | undefined;
  readonly output: Json;
  readonly assign: JsonObject;
}

/** One line of states with its durable row. */
export class Strand {
  readonly execution: ExecutionContext;
  readonly row: StrandRow;
  readonly block: StateBlock;
  readonly signal: AbortSignal;
  readonly mapItem: MapItem | undefined;
  readonly #outer: JsonObject;
  #endWork: (() => void) | undefined;
  /** Wakes a callback wait when its answer or a heartbeat arrives. */
  onCallback: (() => void) | undefined;

  constructor(execution: ExecutionContext, place: StrandPlace) {
    this.execution = execution;
    this.row = place.row;
    this.block = place.block;
    this.signal = place.signal;
    this.mapItem = place.mapItem;
    this.#outer = place.outer;
  }

  get engine(): Engine {
    return this.execution.engine;
  }

  get input(): Json {
    return JSON.parse(this.row.input) as Json;
  }

  /** Variables that expressions of this strand see. */
  get variables(): JsonObject {
    return { ...this.#outer, ...(JSON.parse(this.row.variables) as JsonObject) };
  }

  /** `$states` and the variables for an expression; `extra` adds result or errorOutput. */
  scope(extra: JsonObject = {}): Scope {
    const states = { input: this.input, context: this.#context(), ...extra };
    return { states, variables: this.variables, sources: this.engine.sources };
  }

  /** Counts this strand as working. */
  hold(): void {
    this.#endWork ??= this.engine.activity.begin();
  }

  release(): void {
    this.#endWork?.();
    this.#endWork = undefined;
  }

  /** Waits for something outside, during which the strand does not count as working. */
  async idleWhile<T>(wait: Promise<T>): Promise<T> {
    this.release();
    try {
      return await wait;
    } finally {
      this.hold();
    }
  }

  /** Waits until wall time `untilMs`. @throws Interrupted */
  async until(untilMs: number): Promise<void> {
    const delayMs = untilMs - this.engine.clock.now();
    if (delayMs > 0) await this.idleWhile(sleep(this.engine.clock, delayMs, this.signal));
    this.signal.throwIfAborted();
  }

  /**
   * Makes a change of the strand durable together with its events, all or nothing.
   *
   * @throws Interrupted when the strand must not write any more
   * @throws HistoryFull
   */
  commit(change: () => void): void {
    this.signal.throwIfAborted();
    const { row, engine } = this.execution;
    const before = { events: row.events, transitions: row.transitions };
    try {
      engine.store.transaction(() => {
        change();
        engine.store.saveStrand(this.row);
        engine.store.saveProgress(row);
      });
    } catch (error) {
      Object.assign(row, before);
      throw error;
    }
  }

  /** Adds an event to the history; only inside `commit`. */
  event(type: string, details: JsonObject = {}): void {
    // The last place belongs to ExecutionFailed.
    if (this.execution.row.events >= MAX_HISTORY_EVENTS - 1) throw new HistoryFull();
    this.row.lastEvent = appendEvent(this.execution, { type, previousId: this.row.lastEvent, details });
  }

  /** Enters a state; only inside `commit`. Announce it afterwards. */
  enter(state: string, input: string): void {
    const { Type: type } = stateOf(this.block, state);
    Object.assign(this.row, freshState(state, input, this.engine.clock.now()));
    this.transition();
    this.event(`${type}StateEntered`, {
      stateEnteredEventDetails: { name: state, input, inputDetails: { truncated: false } },
    });
  }

  /** Counts a state transition as AWS bills it: each state entered and each retry. */
  transition(): void {
    this.execution.row.transitions += 1;
    this.engine.countTransition();
  }

  announce(): void {
    const { row, engine } = this;
    engine.emit({ type: 'stateEntered', executionArn: row.arn, state: row.state, atMs: row.enteredMs });
  }

  /** Leaves the current state for the next one, or ends the strand. */
  leave(outcome: Outcome): void {
    const { Type: type } = stateOf(this.block, this.row.state);
    const output = serializeStateData(outcome.output, `The output of state '${this.row.state}'`);
    const variables = this.#assigned(outcome.assign);
    this.commit(() => {
      this.row.variables = variables;
      this.event(`${type}StateExited`, {
        stateExitedEventDetails: { name: this.row.state, output, outputDetails: { truncated: false } },
      });
      if (this.row.items !== null) this.engine.store.dropChildren(this.row.arn, this.row.id);
      if (outcome.next !== undefined) return this.enter(outcome.next, output);
      this.row.phase = 'done';
      this.row.result = output;
    });
    if (outcome.next !== undefined) this.announce();
  }

  #assigned(assign: JsonObject): string {
    for (const [name, value] of Object.entries(assign)) serializeStateData(value, `The variable '${name}'`);
    const text = JSON.stringify({ ...(JSON.parse(this.row.variables) as JsonObject), ...assign });
    if (Buffer.byteLength(text) <= MAX_VARIABLES_BYTES) return text;
    throw new StatesError('States.DataLimitExceeded', 'The variables exceed the maximum total size of 10 MiB.');
  }

  #context(): JsonObject {
    const { machine, row } = this.execution;
    return {
      Execution: {
        Id: row.arn,
        Input: JSON.parse(row.input) as Json,
        Name: row.name,
        RoleArn: machine.roleArn,
        StartTime: new Date(row.startMs).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
      State: {
        Name: this.row.state,
        EnteredTime: new Date(this.row.enteredMs).toISOString(),
        RetryCount: this.row.retryCount,
      },
      ...(this.row.token === null ? {} : { Task: { Token: this.row.token } }),
      ...(this.mapItem ? { Map: { Item: this.mapItem } } : {}),
    };
  }
}

/** A state by its name. @throws StatesError when the block does not have it (a definition that was not checked) */
export function stateOf(block: StateBlock, name: string): State {
  const state = Object.hasOwn(block.States, name) ? block.States[name] : undefined;
  if (!state) throw new StatesError('States.Runtime', `There is no state ${name}.`);
  return state;
}

/** The columns of a row that belong to one visit of a state. */
function freshState(state: string, input: string, enteredMs: number): Partial<StrandRow> {
  return {
    state,
    input,
    enteredMs,
    phase: 'entered',
    wakeMs: null,
    deadlineMs: null,
    heartbeatMs: null,
    heartbeatEveryMs: null,
    retries: '{}',
    retryCount: 0,
    token: null,
    answer: null,
    items: null,
    result: null,
  };
}

/** A row for a strand that has not entered a state yet. */
export function newStrandRow(arn: string, id: string, lastEvent: number): StrandRow {
  return { arn, id, variables: '{}', lastEvent, ...freshState('', 'null', 0) } as StrandRow;
}

/** Appends one event and returns its id; inside a transaction. */
export function appendEvent(
  execution: ExecutionContext,
  event: { type: string; previousId: number; details: JsonObject },
): number {
  const { row, engine } = execution;
  row.events += 1;
  engine.store.saveEvent(row.arn, {
    id: row.events,
    atMs: engine.clock.now(),
    type: event.type,
    previousId: event.previousId,
    details: JSON.stringify(event.details),
  });
  return row.events;
}

/** Stops a strand and all below it from writing. */
export function interrupt(controller: AbortController): void {
  controller.abort(new Interrupted());
}
