import { completeState } from './complete-state.ts';
import type { RecoverableState } from './definition.ts';
import type { Json } from './json.ts';
import { decideRetry } from './retry-policy.ts';
import { errorMatches, StatesError, serializeStateData } from './states-error.ts';
import type { Outcome, Strand } from './strand.ts';

/**
 * Runs the attempts of a state under its Retry and Catch. The counts and the time of the next attempt
 * are in the strand's row, so a restart neither forgives nor repeats a retry.
 */
export async function recover(strand: Strand, state: RecoverableState, attempt: () => Promise<Json>): Promise<Outcome> {
  const { row } = strand;
  for (;;) {
    if (row.phase === 'retrying') await beginRetry(strand);
    try {
      const result = await attempt();
      const outcome = await completeState(strand, state, { result }, result);
      serializeStateData(outcome.output, `The output of state '${row.state}'`);
      return outcome;
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      if (scheduleRetry(strand, state, error)) continue;
      const catcher = state.Catch?.find((entry) => errorMatches(entry.ErrorEquals, error.error));
      if (!catcher) throw error;
      const errorOutput = error.output();
      return await completeState(strand, catcher, { errorOutput }, errorOutput);
    }
  }
}

async function beginRetry(strand: Strand): Promise<void> {
  const { row } = strand;
  await strand.until(row.wakeMs ?? 0);
  strand.commit(() => {
    row.phase = 'entered';
    row.wakeMs = null;
    strand.transition();
  });
}

/** Makes the row say that the state runs again later; false when no retrier takes the error. */
function scheduleRetry(strand: Strand, state: RecoverableState, error: StatesError): boolean {
  const { row, engine } = strand;
  const counts = JSON.parse(row.retries) as Record<number, number>;
  const decision = decideRetry(state.Retry ?? [], error.error, counts, engine.sources.random);
  if (!decision) return false;
  counts[decision.retrier] = (counts[decision.retrier] ?? 0) + 1;
  strand.commit(() => {
    if (row.items !== null) engine.store.dropChildren(row.arn, row.id);
    Object.assign(row, {
      phase: 'retrying',
      wakeMs: engine.clock.now() + Math.round(decision.delayMs),
      retries: JSON.stringify(counts),
      retryCount: row.retryCount + 1,
      items: null,
      token: null,
      answer: null,
      deadlineMs: null,
      heartbeatMs: null,
      heartbeatEveryMs: null,
    });
  });
  return true;
}
