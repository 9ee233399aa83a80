import type { BacklogRow } from '#core/contracts/rows/backlog-row.ts';
import { chatAt, lanesOf } from '#core/domain/delivery/backlog-keys.ts';
import { bury } from '../shared/delivery/bury-delivery.ts';
import { deliverParked, type ParkedOutcome } from '../shared/delivery/deliver-parked.ts';
import { type ChatResult, drainChat } from '../shared/delivery/drain-chat.ts';
import { makeLimiter } from './limiter.ts';
import type { Look, RecoveryDependencies } from './recovery.ts';

export type DrainResult =
  | { readonly kind: 'empty' }
  /** All that is left waits for its own time, milliseconds since the epoch. */
  | { readonly kind: 'later'; readonly atMs: number }
  | { readonly kind: 'closed_off' }
  /** The time of the call is over. */
  | { readonly kind: 'time' };

export interface Drained {
  readonly result: DrainResult;
  readonly sent: number;
  readonly died: number;
  /** Of the last answers, milliseconds. */
  readonly durations: readonly number[];
}

/** Sockets to one origin that the HTTP client opens; more would only wait there. */
const IN_FLIGHT = 50;
/** webhooks.md 3.2, slow guard. */
const IN_FLIGHT_SLOW = 20;
const PAGE = 50;
/** Then other chats have their turn. */
const ROWS_OF_A_CHAT = 100;
/** Answers that are remembered. */
const MOST_DURATIONS = 100;
/** Another has the chat in hand; when to look again, milliseconds. */
const HELD_MS = 15_000;
/** Rows of a chat without a block are of a call that died, or of one that is just about to make it. Milliseconds. */
const ORPHAN_AFTER_MS = 60_000;

/** Sends what an endpoint's backlog has: lanes and chats side by side, a chat in order. */
export async function drainLanes(dependencies: RecoveryDependencies, look: Look, isSlow: boolean): Promise<Drained> {
  const drain = new Drain(dependencies, look, isSlow);
  const result = await drain.run();
  const { died, durations, sent } = drain;
  return { result, sent, died, durations };
}

class Drain {
  sent = 0;
  died = 0;
  readonly durations: number[] = [];
  readonly #dependencies: RecoveryDependencies;
  readonly #look: Look;
  readonly #limit: ReturnType<typeof makeLimiter>;
  #isClosedOff = false;
  #progress = 0;
  #earliestMs = Number.POSITIVE_INFINITY;

  constructor(dependencies: RecoveryDependencies, look: Look, isSlow: boolean) {
    this.#dependencies = dependencies;
    this.#look = look;
    this.#limit = makeLimiter(isSlow ? IN_FLIGHT_SLOW : IN_FLIGHT);
  }

  async run(): Promise<DrainResult> {
    const lanes = lanesOf(this.#look.endpoint.endpointId);
    for (;;) {
      this.#progress = 0;
      this.#earliestMs = Number.POSITIVE_INFINITY;
      const found = await Promise.all(lanes.map((lane) => this.#lane(lane)));
      if (this.#isClosedOff) return { kind: 'closed_off' };
      if (!this.#mayGoOn()) return { kind: 'time' };
      if (this.#progress > 0) continue;
      if (found.some((rows) => rows > 0)) return { kind: 'later', atMs: this.#earliestMs };
      await Promise.all(lanes.map((lane) => this.#emptyChats(lane)));
      if (this.#earliestMs < Number.POSITIVE_INFINITY) return { kind: 'later', atMs: this.#earliestMs };
      return { kind: 'empty' };
    }
  }

  #mayGoOn = (): boolean => !this.#isClosedOff && this.#look.mayGoOn();

  /** @returns how many rows it saw */
  async #lane(lane: string): Promise<number> {
    const { backlog } = this.#dependencies;
    const seen = new Set<string>();
    let rows = 0;
    for (let after: string | undefined; this.#mayGoOn(); ) {
      const page = await backlog.page(lane, PAGE, after);
      rows += page.rows.length;
      const free = page.rows.filter(({ position }) => chatAt(position) === undefined);
      const heads = page.rows.filter(({ position }) => {
        const chat = chatAt(position);
        if (chat === undefined || seen.has(chat)) return false;
        seen.add(chat);
        return true;
      });
      await Promise.all([
        ...free.map((row) => this.#limit(() => this.#row(row))),
        ...heads.map((row) => this.#limit(() => this.#chat(lane, row))),
      ]);
      if (page.next === undefined) break;
      after = page.next;
    }
    return rows;
  }

  async #row(row: BacklogRow): Promise<void> {
    if (!this.#mayGoOn()) return;
    const { endpoint, pace } = this.#look;
    const outcome = await deliverParked(this.#dependencies, row, endpoint, { isProbe: false, pace });
    const mayRemove = await this.#note(row, outcome);
    if (outcome.kind === 'later') this.#earliestMs = Math.min(this.#earliestMs, outcome.atMs);
    if (mayRemove) await this.#dependencies.backlog.remove([row]);
  }

  async #chat(lane: string, head: BacklogRow): Promise<void> {
    const chat = chatAt(head.position);
    if (chat === undefined || !this.#mayGoOn()) return;
    const { backlog, clock } = this.#dependencies;
    let result = await this.#drainChat(lane, chat);
    if (result.kind === 'held' && clock.now() - head.parkedAtMs > ORPHAN_AFTER_MS) {
      const { endpointId, eventId } = head;
      if (await backlog.block(lane, chat, { endpointId, eventId, dueAtMs: clock.now() }))
        result = await this.#drainChat(lane, chat);
    }
    if (result.kind === 'later') this.#earliestMs = Math.min(this.#earliestMs, result.atMs);
    if (result.kind === 'held') this.#earliestMs = Math.min(this.#earliestMs, clock.now() + HELD_MS);
  }

  #drainChat(lane: string, chat: string): Promise<ChatResult> {
    const { endpoint, pace, token } = this.#look;
    let rows = 0;
    return drainChat(
      this.#dependencies,
      { endpoint, lane, chat, token },
      {
        isProbe: false,
        mayGoOn: () => this.#mayGoOn() && rows++ < ROWS_OF_A_CHAT,
        pace,
        onOutcome: (row, outcome) => this.#note(row, outcome),
      },
    );
  }

  /** Chats whose rows are gone and whose block is not: a late answer has removed the last one. */
  async #emptyChats(lane: string): Promise<void> {
    const { backlog } = this.#dependencies;
    const blocks = await backlog.blockedChats(lane);
    for (const { position } of blocks) {
      const result = await this.#drainChat(lane, position.slice(1));
      if (result.kind === 'later') this.#earliestMs = Math.min(this.#earliestMs, result.atMs);
    }
  }

  /** @returns true if the row can go */
  async #note(_row: BacklogRow, outcome: ParkedOutcome): Promise<boolean> {
    if ('hasDisabled' in outcome && outcome.hasDisabled) this.#isClosedOff = true;
    switch (outcome.kind) {
      case 'gone':
        this.#progress += 1;
        if (outcome.isSent) {
          this.sent += 1;
          this.#timed(outcome.durationMs);
        }
        return true;
      case 'dead':
        this.#progress += 1;
        this.died += 1;
        await bury(this.#dependencies, { ...outcome, endpoint: this.#look.endpoint });
        return true;
      case 'closed_off':
        this.#isClosedOff = true;
        this.#timed(outcome.durationMs);
        return false;
      case 'later':
        return false;
    }
  }

  #timed(durationMs: number): void {
    this.durations.push(durationMs);
    if (this.durations.length > MOST_DURATIONS) this.durations.shift();
  }
}
