import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Clock } from '#core/domain/clock.ts';

/** Where stanzas are told before Baileys handles them. */
interface Stanzas {
  prependListener(name: string, hear: (stanza: BinaryNode) => void): unknown;
}

/** Baileys renews a session in the seconds after somebody asked for it; its queries take 15 s at most, milliseconds. */
const ASKED_HOLDS_MS = 60_000;
/**
 * A session that is younger stays, milliseconds: who asks for several messages asks for each of them, and what is sent under the new
 * session brings all that is needed to read it. Each further one would push out a session under which the contact still writes.
 */
const STAYS_FOR_MS = 60_000;

/**
 * Who has asked for new Signal sessions: by a request to send a message again, or by a new identity. rc14 renews the sessions
 * of everybody whose devices it looks up, so after each start with every contact, and what they wrote meanwhile under the ones
 * before, start after start, could not be decrypted (whatsapp.md 4.1). It needs that to hide counters that were used twice; here
 * a ratchet is stored before its frame leaves. So a session that stands stays, unless its contact has asked since it was made.
 */
export class SessionRenewals {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #deviceOf: (jid: string) => Promise<string>;
  #asked: readonly { readonly device: Promise<string>; readonly atMs: number }[] = [];
  /** When a device got its last session, monotonic milliseconds. */
  readonly #made = new Map<string, number>();

  /** @param options.deviceOf the device that a jid means, `<user>:<number>` */
  constructor(options: {
    readonly clock: Pick<Clock, 'monotonic'>;
    readonly deviceOf: (jid: string) => Promise<string>;
  }) {
    this.#clock = options.clock;
    this.#deviceOf = options.deviceOf;
  }

  /** Hears requests to send again, and of new identities. */
  listenTo(stanzas: Stanzas): void {
    const ask = ({ attrs: { participant, from = '' } }: BinaryNode): void => this.ask(participant ?? from);
    stanzas.prependListener('CB:receipt,type:retry', ask);
    stanzas.prependListener('CB:notification,type:encrypt', ask);
  }

  /** A device of this person wants new sessions, of all of the person's devices. Call it before Baileys hears of it. */
  ask(jid: string): void {
    const device = this.#deviceOf(jid).catch(() => '');
    this.#asked = [...this.#recent(), { device, atMs: this.#clock.monotonic() }];
  }

  /** A device has a new session. */
  async made(jid: string): Promise<void> {
    const nowMs = this.#clock.monotonic();
    for (const [device, atMs] of this.#made) if (nowMs - atMs >= STAYS_FOR_MS) this.#made.delete(device);
    this.#made.set(await this.#deviceOf(jid), nowMs);
  }

  async wants(jid: string): Promise<boolean> {
    const device = await this.#deviceOf(jid);
    if (this.#clock.monotonic() - (this.#made.get(device) ?? Number.NEGATIVE_INFINITY) < STAYS_FOR_MS) return false;
    const user = userOf(device);
    const asked = await Promise.all(this.#recent().map(({ device }) => device));
    return asked.some((device) => userOf(device) === user);
  }

  #recent() {
    const nowMs = this.#clock.monotonic();
    return this.#asked.filter(({ atMs }) => nowMs - atMs < ASKED_HOLDS_MS);
  }
}

const userOf = (device: string): string => device.split(':')[0] ?? '';
