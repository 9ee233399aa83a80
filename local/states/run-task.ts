import type { TaskState } from './definition.ts';
import { Interrupted } from './engine.ts';
import { evaluate } from './expression.ts';
import type { Json, JsonObject } from './json.ts';
import { MAX_SECONDS } from './limits.ts';
import { readResource, type TaskResource } from './resource.ts';
import { StatesError, serializeStateData } from './states-error.ts';
import type { Strand } from './strand.ts';
import { awaitAnswer, newTaskToken } from './task-token.ts';

/**
 * Runs one attempt of a task.
 *
 * AWS starts a Standard task exactly once for each attempt. Here a task whose result was not durable
 * when the process died runs again (at least once): what it calls must be idempotent, as it must be in
 * AWS because of Retry.
 */
export async function runTask(strand: Strand, state: TaskState): Promise<Json> {
  const resource = readResource(state.Resource);
  if (!resource) throw new StatesError('States.Runtime', `${state.Resource} can't be called here.`);
  const events = new TaskEvents(strand, state.Resource, resource);
  const { row, execution, engine } = strand;
  // A token that was given out before a restart stays good: whoever has it may answer already.
  if (resource.waitsForToken) row.token ??= newTaskToken(engine.sources.uuid);
  if (row.token !== null) execution.callbacks.set(row.token, strand);
  try {
    if (row.phase !== 'callback') {
      const result = await call(strand, state, events);
      if (!resource.waitsForToken) {
        events.succeeded(result);
        return result;
      }
      strand.commit(() => {
        row.phase = 'callback';
        events.submitted(result);
      });
    }
    const result = await awaitAnswer(strand);
    events.succeeded(result);
    return result;
  } catch (error) {
    if (error instanceof StatesError) events.failed(error);
    throw error;
  } finally {
    if (row.token !== null) execution.callbacks.delete(row.token);
  }
}

async function call(strand: Strand, state: TaskState, events: TaskEvents): Promise<Json> {
  const { row, engine, execution } = strand;
  const scope = strand.scope();
  const args = state.Arguments === undefined ? strand.input : await evaluate(state.Arguments, 'Arguments', scope);
  serializeStateData(args, `The arguments of state '${row.state}'`);
  const timeout = await readSeconds(strand, state.TimeoutSeconds, 'TimeoutSeconds');
  const heartbeat = await readSeconds(strand, state.HeartbeatSeconds, 'HeartbeatSeconds');
  const nowMs = engine.clock.now();
  strand.commit(() => {
    row.deadlineMs = timeout === undefined ? null : nowMs + timeout * 1000;
    row.heartbeatEveryMs = heartbeat === undefined ? null : heartbeat * 1000;
    row.heartbeatMs = heartbeat === undefined ? null : nowMs + heartbeat * 1000;
    events.scheduled(args, { timeout, heartbeat });
  });
  const stop = new AbortController();
  try {
    const invoked = engine.tasks.invoke({
      resource: state.Resource,
      arguments: args,
      roleArn: execution.machine.roleArn,
      accessKeyId: execution.machine.accessKeyId,
      ...(row.token === null ? {} : { token: row.token }),
      executionArn: row.arn,
      state: row.state,
      signal: AbortSignal.any([strand.signal, stop.signal]),
    });
    return plainResult(strand, await strand.idleWhile(beforeDeadline(strand, invoked)));
  } catch (error) {
    throw asStatesError(error);
  } finally {
    stop.abort();
  }
}

/** The call's result, or States.Timeout at the state's deadline, or Interrupted; a late result is ignored. */
function beforeDeadline(strand: Strand, invoked: Promise<Json>): Promise<Json> {
  const { row, signal, engine } = strand;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    const deadlineMs = row.deadlineMs;
    const cancel =
      deadlineMs === null
        ? () => undefined
        : engine.clock.after(deadlineMs - engine.clock.now(), () =>
            settle(() => reject(new StatesError('States.Timeout'))),
          );
    const settle = (how: () => void): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      how();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    invoked.then(
      (result) => settle(() => resolve(result)),
      (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}

function plainResult(strand: Strand, result: Json | undefined): Json {
  return JSON.parse(serializeStateData(result ?? null, `The result of task '${strand.row.state}'`)) as Json;
}

function asStatesError(error: unknown): Error {
  if (error instanceof StatesError || error instanceof Interrupted) return error;
  return error instanceof Error ? new StatesError(error.name, error.message) : new StatesError('States.TaskFailed');
}

async function readSeconds(
  strand: Strand,
  given: number | string | undefined,
  field: string,
): Promise<number | undefined> {
  if (given === undefined) return undefined;
  const value = await evaluate(given, field, strand.scope());
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_SECONDS) return value;
  throw new StatesError('States.QueryEvaluationError', `${field} of '${strand.row.state}' is not a positive integer.`);
}

/** The events of one task, which differ for a function's own ARN. */
class TaskEvents {
  readonly #strand: Strand;
  readonly #arn: string;
  readonly #resource: TaskResource;

  constructor(strand: Strand, arn: string, resource: TaskResource) {
    this.#strand = strand;
    this.#arn = arn;
    this.#resource = resource;
  }

  /** Inside `commit`. */
  scheduled(args: Json, within: { timeout: number | undefined; heartbeat: number | undefined }): void {
    const timeoutInSeconds: JsonObject = within.timeout === undefined ? {} : { timeoutInSeconds: within.timeout };
    if (this.#resource.kind === 'function') {
      const details = { resource: this.#arn, input: JSON.stringify(args), ...timeoutInSeconds };
      this.#strand.event('LambdaFunctionScheduled', { lambdaFunctionScheduledEventDetails: details });
      this.#strand.event('LambdaFunctionStarted');
      return;
    }
    const heartbeatInSeconds: JsonObject =
      within.heartbeat === undefined ? {} : { heartbeatInSeconds: within.heartbeat };
    const parameters = JSON.stringify(args);
    const details = { region: this.#strand.engine.region, parameters, ...timeoutInSeconds, ...heartbeatInSeconds };
    this.#event('TaskScheduled', details);
    this.#event('TaskStarted', {});
  }

  /** Inside `commit`. */
  submitted(output: Json): void {
    this.#event('TaskSubmitted', { output: JSON.stringify(output) });
  }

  succeeded(result: Json): void {
    const output = JSON.stringify(result);
    this.#strand.commit(() => {
      if (this.#resource.kind === 'service') return this.#event('TaskSucceeded', { output });
      this.#strand.event('LambdaFunctionSucceeded', { lambdaFunctionSucceededEventDetails: { output } });
    });
  }

  failed(error: StatesError): void {
    const end = error.error === 'States.Timeout' || error.error === 'States.HeartbeatTimeout' ? 'TimedOut' : 'Failed';
    const details: JsonObject = { error: error.error, ...(error.reason === undefined ? {} : { cause: error.reason }) };
    this.#strand.commit(() => {
      if (this.#resource.kind === 'service') return this.#event(`Task${end}`, details);
      this.#strand.event(`LambdaFunction${end}`, { [`lambdaFunction${end}EventDetails`]: details });
    });
  }

  #event(type: string, details: JsonObject): void {
    const { service, action, waitsForToken } = this.#resource;
    const resource = waitsForToken ? `${action}.waitForTaskToken` : action;
    const key = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
    this.#strand.event(type, { [key]: { resourceType: service, resource, ...details } });
  }
}
