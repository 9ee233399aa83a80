import type { FunctionFault } from './function-definition.ts';

/** What the worker of a sandbox is started with. */
export interface SandboxData {
  readonly folder: string;
  readonly handler: string;
  /** Memory of the worker's virtual time (see local/clock); undefined with the clock of the machine. */
  readonly virtualTime?: SharedArrayBuffer | undefined;
}

/** Runner to worker. */
export interface InvokeMessage {
  readonly type: 'invoke';
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly deadlineMs: number;
  readonly functionArn: string;
}

/** Worker to runner. */
export type SandboxMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-failed'; readonly error: FunctionFault }
  | { readonly type: 'done'; readonly requestId: string; readonly payload: string }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: FunctionFault };
