import { expect } from 'vitest';
import type { Event } from '#core/contracts/event.ts';
import type { Bed, Identity } from './connector-bed.ts';

/** Between two messages each way, milliseconds. */
const PACE_MS = 150;
/** How long the last event may take, milliseconds. */
const ARRIVES_WITHIN_MS = 60_000;

/** A person and a session that write to each other, with everything counted. */
export class Conversation {
  readonly #bed: Bed;
  readonly #session: Identity;
  readonly #me: string;
  readonly #friend: string;
  readonly #written: string[] = [];
  readonly #sent: string[] = [];

  constructor(bed: Bed, parties: { readonly session: Identity; readonly me: string; readonly friend: string }) {
    this.#bed = bed;
    this.#session = parties.session;
    this.#me = parties.me;
    this.#friend = parties.friend;
  }

  /** Writes in both directions while `scene` goes on, and checks in the end that nothing was lost or doubled. */
  async during(scene: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    const talked = this.#talk(over.signal);
    try {
      await scene();
    } finally {
      over.abort();
      await talked;
    }
  }

  /** Every message is told once and shown once. */
  async expectWhole(): Promise<void> {
    const expected = { received: this.#written.length, sent: this.#sent.length, failed: 0 };
    const until = Date.now() + ARRIVES_WITHIN_MS;
    while (Date.now() < until && JSON.stringify(this.#told()) !== JSON.stringify(expected)) await this.#bed.collect();
    expect(this.#told()).toEqual(expected);
    const bubbles = (await this.#bed.phones.messages(this.#friend, { from: this.#me })).map(({ id }) => id);
    expect(bubbles.toSorted()).toEqual(this.#sent.toSorted());
  }

  #told() {
    const { sessionUid } = this.#session;
    const count = (matches: (event: Event) => boolean): number =>
      new Set(
        this.#bed.queued
          .filter((event) => 'sessionUid' in event && event.sessionUid === sessionUid && matches(event))
          .map(({ eventId }) => eventId),
      ).size;
    return {
      received: count((event) => event.type === 'message' && event.content.type === 'text'),
      sent: count((event) => event.type === 'status' && event.status === 'sent'),
      failed: count((event) => event.type === 'status' && event.status === 'failed'),
    };
  }

  async #talk(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#written.push((await this.#bed.phones.write(this.#friend, this.#me, `in ${this.#written.length}`)).id);
      this.#sent.push(await this.#bed.sendText(this.#session, this.#friend, `out ${this.#sent.length}`));
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }
}
