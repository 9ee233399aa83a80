import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import type { Chat } from './busy-world.ts';

const chatKey = (sessionUid: string, other: string): string => `${sessionUid}#${other}`;

/** What events say of each chat and each text. Reads every event once: a run has a hundred thousand and is asked each second. */
export class Heard {
  readonly #events: readonly Event[];
  readonly #texts = new Map<string, string[]>();
  readonly #statuses = new Map<string, Set<string>>();
  readonly #eventIds = new Set<string>();
  #read = 0;

  /** @param events may grow */
  constructor(events: readonly Event[]) {
    this.#events = events;
  }

  /** Texts that were received in a chat in the order in which their events came, second copies left out. */
  textsOf({ session, groupId, friend }: Chat): readonly string[] {
    this.#catchUp();
    return this.#texts.get(chatKey(session.sessionUid, groupId ?? friend)) ?? [];
  }

  /** Texts that were sent of which this status was told: each of them goes along with its statuses. */
  told(status: StatusEvent['status']): ReadonlySet<string> {
    this.#catchUp();
    return this.#statuses.get(status) ?? new Set();
  }

  #catchUp(): void {
    for (; this.#read < this.#events.length; this.#read++) {
      const event = this.#events[this.#read];
      if (event?.type === 'message') this.#received(event);
      if (event?.type === 'status') this.#concluded(event);
    }
  }

  #received({ eventId, sessionUid, groupId, from, content }: MessageEvent): void {
    if (content.type !== 'text' || this.#eventIds.has(eventId)) return;
    this.#eventIds.add(eventId);
    const key = chatKey(sessionUid, groupId ?? from ?? '');
    const texts = this.#texts.get(key) ?? [];
    this.#texts.set(key, texts);
    texts.push(content.text.body);
  }

  #concluded({ status, bizOpaqueCallbackData = '' }: StatusEvent): void {
    const told = this.#statuses.get(status) ?? new Set();
    this.#statuses.set(status, told.add(bizOpaqueCallbackData));
  }
}
