import { completeState } from './complete-state.ts';
import type { ChoiceState, FailState, State, WaitState } from './definition.ts';
import { evaluate } from './expression.ts';
import type { Json } from './json.ts';
import { MAX_SECONDS } from './limits.ts';
import { recover } from './recover.ts';
import { runMap, runParallel } from './run-children.ts';
import { runTask } from './run-task.ts';
import { StatesError } from './states-error.ts';
import { type Outcome, type Strand, stateOf } from './strand.ts';

/** States after which a strand lets the rest of the process have a turn, so that a loop without waits blocks nobody. */
const STATES_PER_TURN = 100;

/**
 * Runs a strand from where its row says to its end.
 *
 * @returns the output of its last state
 * @throws StatesError when a state failed and nothing caught it
 * @throws Interrupted HistoryFull
 */
export async function runBlock(strand: Strand): Promise<Json> {
  strand.hold();
  try {
    for (let count = 1; strand.row.phase !== 'done'; count += 1) {
      const outcome = await runState(strand, stateOf(strand.block, strand.row.state));
      strand.leave(outcome);
      if (count % STATES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return JSON.parse(strand.row.result ?? 'null') as Json;
  } finally {
    strand.release();
  }
}

async function runState(strand: Strand, state: State): Promise<Outcome> {
  let outcome: Promise<Outcome>;
  switch (state.Type) {
    case 'Pass':
      outcome = completeState(strand, state, {}, strand.input);
      break;
    case 'Succeed':
      outcome = completeState(strand, { Output: state.Output }, {}, strand.input);
      break;
    case 'Fail':
      throw await failure(strand, state);
    case 'Choice':
      outcome = choose(strand, state);
      break;
    case 'Wait':
      outcome = wait(strand, state);
      break;
    case 'Task':
      outcome = recover(strand, state, () => runTask(strand, state));
      break;
    case 'Parallel':
      outcome = recover(strand, state, () => runParallel(strand, state, runBlock));
      break;
    case 'Map':
      outcome = recover(strand, state, () => runMap(strand, state, runBlock));
      break;
  }
  return outcome;
}

async function failure(strand: Strand, state: FailState): Promise<StatesError> {
  const scope = strand.scope();
  const error = await evaluate(state.Error ?? '', 'Error', scope);
  const cause = state.Cause === undefined ? undefined : await evaluate(state.Cause, 'Cause', scope);
  if (typeof error !== 'string' || (cause !== undefined && typeof cause !== 'string')) {
    return new StatesError('States.QueryEvaluationError', 'Error and Cause of a Fail state must be strings.');
  }
  return new StatesError(error, cause);
}

async function choose(strand: Strand, state: ChoiceState): Promise<Outcome> {
  for (const [i, rule] of state.Choices.entries()) {
    const holds = await evaluate(rule.Condition, `Choices[${i}]/Condition`, strand.scope());
    if (typeof holds !== 'boolean') {
      throw new StatesError('States.QueryEvaluationError', `Condition ${i} of '${strand.row.state}' is not a boolean.`);
    }
    if (holds) return completeState(strand, rule, {}, strand.input);
  }
  if (state.Default === undefined) {
    throw new StatesError('States.NoChoiceMatched', `No rule of '${strand.row.state}' matched, and it has no Default.`);
  }
  return completeState(strand, { ...state, Next: state.Default }, {}, strand.input);
}

async function wait(strand: Strand, state: WaitState): Promise<Outcome> {
  const { row } = strand;
  if (row.wakeMs === null) {
    const wakeMs = await wakeTime(strand, state);
    strand.commit(() => {
      row.wakeMs = wakeMs;
      row.phase = 'waiting';
    });
  }
  await strand.until(row.wakeMs ?? 0);
  return completeState(strand, state, {}, strand.input);
}

/** Wall time at which the wait ends, milliseconds since the epoch. */
async function wakeTime(strand: Strand, state: WaitState): Promise<number> {
  if (state.Timestamp !== undefined) {
    const at = await evaluate(state.Timestamp, 'Timestamp', strand.scope());
    const atMs = typeof at === 'string' && RFC3339.test(at) ? Date.parse(at) : Number.NaN;
    if (!Number.isNaN(atMs)) return atMs;
    throw new StatesError('States.QueryEvaluationError', `Timestamp of '${strand.row.state}' is not an RFC 3339 time.`);
  }
  const seconds = await evaluate(state.Seconds ?? 0, 'Seconds', strand.scope());
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_SECONDS) {
    return strand.engine.clock.now() + seconds * 1000;
  }
  throw new StatesError(
    'States.QueryEvaluationError',
    `Seconds of '${strand.row.state}' is not a whole number from 0 to ${MAX_SECONDS}.`,
  );
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
