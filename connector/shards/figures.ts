/** While a hand-over is announced everybody looks this often, milliseconds: part of its gap (D6: p95 ≤ 3 s). */
export const HAND_OVER_LOOK_MS = 150;
/** A target that is not ready so long after it was asked is passed over, milliseconds. */
export const OFFER_HOLDS_MS = 10_000;
/** After this much of a shutdown the shards that are left go at once and not one by one, milliseconds; ECS waits for 120 s. */
export const ONE_BY_ONE_MS = 55_000;
/**
 * A guard whose holder's heartbeat stands still for this long goes to another task, milliseconds: before a task of release 0.1
 * may take it, which waits for 10 s. The guard is no right to act, so nothing breaks when its holder lives after all.
 */
export const GUARD_STALE_MS = 5_000;
/** A shard that has been free for so long goes to whoever sees it, milliseconds: the one that it falls to may not be able to. */
export const FREE_FOR_ALL_MS = 5_000;
/** A new balance waits until tasks have neither come nor gone for so long, milliseconds: those of a deploy come together. */
export const SETTLED_MS = 15_000;
/** After one balance no task gives shards away for the sake of another for so long, milliseconds (webhooks.md 5.4 rule 8). */
export const BALANCE_EVERY_MS = 300_000;
/** After a shard with so many sessions has moved, the next one waits so long for each of them, milliseconds (rule 8: one a second). */
export const PAUSE_PER_SESSION_MS = 1_000;
/** The guard's epoch is raised by this many beyond what is needed, so that few hand-overs have to raise it. */
export const EPOCHS_AHEAD = 50;
