import type { Clock } from '#core/domain/clock.ts';
import type { Activity } from '../clock/activity.ts';
import type { ExecutionStatus, ExecutionStore } from './execution-store.ts';
import type { FunctionSources } from './expression-functions.ts';
import type { TaskPort } from './task-port.ts';

/** What happens to executions, as tests and the terminal hear it. Times in milliseconds since the epoch. */
export type StatesEvent =
  | { readonly type: 'executionStarted'; readonly executionArn: string; readonly atMs: number }
  | { readonly type: 'stateEntered'; readonly executionArn: string; readonly state: string; readonly atMs: number }
  | {
      readonly type: 'executionEnded';
      readonly executionArn: string;
      readonly status: ExecutionStatus;
      readonly error?: string;
      readonly cause?: string;
      readonly atMs: number;
    };

/** What all executions share. */
export interface Engine {
  readonly clock: Clock;
  readonly store: ExecutionStore;
  readonly tasks: TaskPort;
  readonly sources: FunctionSources;
  readonly region: string;
  readonly activity: Activity;
  readonly emit: (event: StatesEvent) => void;
  /** Called for each transition that AWS would bill. */
  readonly countTransition: () => void;
  /** Hears of a defect of the interpreter; the execution fails with States.Runtime. */
  readonly onDefect: (error: unknown, executionArn: string) => void;
}

/** Thrown into a strand that must not go on: stopped, timed out, a sibling failed, or the process closes. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The history is full; nothing can catch that. */
export class HistoryFull extends Error {
  override readonly name = 'HistoryFull';
}
