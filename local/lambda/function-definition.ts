/** A function as the host runs it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** Folder with the bundle, where no `node_modules` is found upwards. */
  readonly folder: string;
  /** `<file without extension>.<export>`. */
  readonly handler: string;
  /** The whole environment, `AWS_LAMBDA_*` included. */
  readonly environment: Readonly<Record<string, string>>;
  /** Megabytes, as in the template. */
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Above it further invocations are throttled; undefined for no limit of its own. */
  readonly reservedConcurrency: number | undefined;
}

/** What an invocation came to; payloads are JSON text. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionFault };

/** The body of a failed invocation, in the shape of the Node.js runtime. */
export interface FunctionFault {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** Bytes of a synchronous response payload: 6 MB and a hundred, as Lambda's own error names it. */
export const MAX_RESPONSE_BYTES = 6_291_556;
/** Bytes of a synchronous request payload (6 MB; AWS quota page "Lambda quotas"). */
export const MAX_SYNC_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Bytes of an asynchronous request payload (1 MB, "Lambda quotas"; 256 KB until October 2025). */
export const MAX_ASYNC_PAYLOAD_BYTES = 1024 * 1024;
