import { LIMIT_KEYS } from '../../resource-names.ts';
import type { SessionUid } from '../ids.ts';
import { oneFormOf } from '../phone-forms.ts';

/** A session and somebody whom it writes to, or a group. */
export interface Pair {
  readonly sessionUid: SessionUid;
  /** Digits of a person, or the id of a group. */
  readonly recipient: string;
}

const DAY_MS = 24 * 60 * 60_000;

/** The connector notes that somebody wrote once in this time: what is noted may be that much older than what was written. */
export const MARKED_EVERY_MS = DAY_MS;

/** Until when a row of now is kept, milliseconds since the epoch. @param rememberedDays after their last message */
export const pairRowUntilMs = (nowMs: number, rememberedDays: number): number =>
  nowMs + rememberedDays * DAY_MS + MARKED_EVERY_MS;

/** The key of a pair's row: one, in whichever form a number is written. */
export const pairKeyOf = ({ sessionUid, recipient }: Pair): string =>
  `${LIMIT_KEYS.pair}${sessionUid}#${oneFormOf(recipient)}`;
