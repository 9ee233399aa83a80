import type { WorkerTimeHost } from '../clock/time-hosts.ts';
import type { FunctionFault } from './function-definition.ts';

/** What the worker of a sandbox is started with. */
export interface SandboxData {
  readonly folder: string;
  readonly handler: string;
  /** How a virtual clock gets into the worker: imported before the bundle, `install(data)` is called. */
  readonly preload?: WorkerTimeHost['preload'] | undefined;
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

/** Runner to worker: ends at once. */
export interface DieMessage {
  readonly type: 'die';
}

/** Worker to runner. */
export type SandboxMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-failed'; readonly error: FunctionFault }
  | { readonly type: 'done'; readonly requestId: string; readonly payload: string }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: FunctionFault };
