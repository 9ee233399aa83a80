import type { Json } from './json.ts';

/** One call of a task state to the world outside. */
export interface TaskCall {
  /** As in the definition: an integration's ARN or a function's. */
  readonly resource: string;
  /** `Arguments`, evaluated. */
  readonly arguments: Json;
  readonly roleArn: string;
  /** Access key of the machine's role, for calls that are checked against its policies. */
  readonly accessKeyId: string;
  /** Of a `.waitForTaskToken` task: what SendTaskSuccess takes. It is in the arguments already. */
  readonly token?: string;
  readonly executionArn: string;
  readonly state: string;
  /** Aborts when the state timed out or the execution was stopped; the result is ignored then. */
  readonly signal: AbortSignal;
}

/**
 * Every side effect of a machine goes through this port.
 *
 * `invoke` resolves to the result as Step Functions gives it to `$states.result` (for `lambda:invoke`
 * `{ ExecutedVersion, Payload, StatusCode }`, for a function ARN the payload itself) and throws
 * `StatesError` with AWS's error name: the `errorType` of a function that threw, a service's exception
 * as `<Service>.<Exception>`, such as `Lambda.TooManyRequestsException`. Anything else thrown fails the
 * task under its own `name`.
 */
export interface TaskPort {
  invoke(call: TaskCall): Promise<Json>;
}
