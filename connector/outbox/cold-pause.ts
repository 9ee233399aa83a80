import type { ColdPauseRow } from '../messages/parked-table.ts';

/** The first pause, milliseconds; each further one in a row is twice as long. WhatsApp's own timelocks last hours to days. */
const FIRST_MS = 30 * 60_000;
const LONGEST_MS = 24 * 60 * 60_000;

/** The pause after WhatsApp refused to open a chat; one that goes on stays as it is. */
export function pauseAfter(current: ColdPauseRow | undefined, nowMs: number): ColdPauseRow {
  if (current && nowMs < current.untilMs) return current;
  const level = (current?.level ?? 0) + 1;
  return { level, untilMs: nowMs + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(level - 1, 16)) };
}
