import { evaluate } from './expression.ts';
import type { Json, JsonObject } from './json.ts';
import type { Outcome, Strand } from './strand.ts';

/** Where a state, a choice rule or a catcher goes and what it hands on. */
export interface Exit {
  readonly Next?: string | undefined;
  readonly Assign?: Record<string, Json> | undefined;
  readonly Output?: Json | undefined;
}

/**
 * Evaluates Assign and Output of an exit. Both see the variables as they were when the state was entered.
 *
 * @param seen adds `result` or `errorOutput` to `$states`
 * @param defaultOutput what the state hands on without an Output
 * @throws StatesError States.QueryEvaluationError
 */
export async function completeState(
  strand: Strand,
  exit: Exit,
  seen: JsonObject,
  defaultOutput: Json,
): Promise<Outcome> {
  const scope = strand.scope(seen);
  const assign = (await evaluate(exit.Assign ?? {}, 'Assign', scope)) as JsonObject;
  const output = exit.Output === undefined ? defaultOutput : await evaluate(exit.Output, 'Output', scope);
  return { next: exit.Next, output, assign };
}
