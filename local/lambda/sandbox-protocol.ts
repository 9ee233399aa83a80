import type { FunctionFault } from './function-definition.ts';

/** What the worker of a sandbox is started with. */
export interface SandboxData {
  readonly folder: string;
  readonly handler: string;
  /** Module that is imported before the bundle, and what it is given: how a virtual clock gets into the worker. */
  readonly preload?: { readonly module: string; readonly data: unknown };
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
