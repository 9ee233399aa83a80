import type { BacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import type { BacklogRow } from '#core/contracts/rows/backlog-row.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { deliverParked, type ParkedDependencies, type ParkedOutcome } from './deliver-parked.ts';
import { LONGEST_TIMEOUT_MS } from './post-webhook.ts';

export interface ChatDependencies extends ParkedDependencies {
  readonly backlog: Pick<BacklogRepository, 'chatPage' | 'hold' | 'postpone' | 'release' | 'remove' | 'unblock'>;
  readonly clock: Clock;
}

export interface Chat {
  readonly endpoint: EndpointRow;
  readonly lane: string;
  readonly chat: string;
  /** Names this call among those who drain. */
  readonly token: string;
}

/** How a chat is drained. */
export interface Way {
  /** A failure spends no attempt. */
  readonly isProbe: boolean;
  /** False: no further row is begun. */
  readonly mayGoOn: () => boolean;
  /** Waits until the endpoint may have one more. */
  readonly pace: () => Promise<void>;
  /** Hears of every row that was tried. @returns true if a dead row may be removed, false if the drain ends there */
  readonly onOutcome: (row: BacklogRow, outcome: ParkedOutcome) => Promise<boolean>;
}

export type ChatResult =
  /** All of it is delivered and the chat is free. */
  | { readonly kind: 'empty' }
  /** Another has it in hand, or it has no block. */
  | { readonly kind: 'held' }
  | { readonly kind: 'later'; readonly atMs: number }
  | { readonly kind: 'closed_off' }
  /** A dead row is in the way, and whoever drains does not bury. */
  | { readonly kind: 'dead' };

/** A row may take the longest timeout; the right to the chat outlasts it by far, milliseconds. */
const HELD_MS = 4 * LONGEST_TIMEOUT_MS;
const PAGE = 25;

/**
 * Delivers what is parked of a chat, in order, one after the other, and frees the chat at the end. Only one call does so at a
 * time, and a row goes when its delivery has had its end: never before.
 */
export async function drainChat(dependencies: ChatDependencies, of: Chat, way: Way): Promise<ChatResult> {
  const { backlog, clock } = dependencies;
  const { chat, lane, token } = of;
  const hold = () => backlog.hold(lane, chat, { token, untilMs: clock.now() + HELD_MS });
  for (;;) {
    if (!(await hold())) return { kind: 'held' };
    const { rows } = await backlog.chatPage(lane, chat, PAGE);
    if (rows.length === 0 && (await backlog.unblock(lane, chat, token))) return { kind: 'empty' };
    const end = await drainRows(dependencies, of, rows, way);
    if (!end) continue;
    await backlog.release(lane, chat, token, end.kind === 'later' ? end.atMs : clock.now());
    return end;
  }
}

/** @returns why it ended before the last row */
async function drainRows(
  dependencies: ChatDependencies,
  { endpoint }: Chat,
  rows: readonly BacklogRow[],
  way: Way,
): Promise<ChatResult | undefined> {
  const { backlog, clock } = dependencies;
  const done: BacklogRow[] = [];
  const startedMs = clock.monotonic();
  try {
    for (const row of rows) {
      if (!way.mayGoOn()) return { kind: 'later', atMs: clock.now() };
      // The right to the chat is renewed with the next page.
      if (clock.monotonic() - startedMs > HELD_MS / 2) return undefined;
      const outcome = await deliverParked(dependencies, row, endpoint, way);
      const mayRemove = await way.onOutcome(row, outcome);
      if (outcome.kind === 'later' || outcome.kind === 'closed_off') return outcome;
      if (outcome.kind === 'dead' && !mayRemove) return { kind: 'dead' };
      done.push(row);
    }
    return undefined;
  } finally {
    await backlog.remove(done);
  }
}
