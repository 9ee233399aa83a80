import { within } from './connect-pace.ts';
import type { Trial } from './session-repository.ts';

const HOUR_MS = 3_600_000;
/** Times within an hour that a piece of work may take its task down before its session is set aside. */
export const MOST_CRASHES = 3;

/** Those of the last hour. Clocks of two tasks may differ, so times of the near future count too. */
export const recentCrashes = (crashes: readonly number[], nowMs: number): readonly number[] =>
  within(crashes, HOUR_MS, nowMs);

/** Deaths of the last hour that are held against a piece of work. @param incarnation of this process, which is alive */
export function crashesOf(trial: Trial, incarnation: string, nowMs: number): readonly number[] {
  return recentCrashes(trial.incarnation === incarnation ? trial.crashes : [...trial.crashes, trial.atMs], nowMs);
}
