import type { BinaryNode } from '@whiskeysockets/baileys';

/** WhatsApp's word on one message: taken, or an error code. */
export type Ack = { readonly type: 'taken' } | { readonly type: 'refused'; readonly code: string };

/** Waits for WhatsApp's acknowledgements, by stanza id. Baileys itself does not (whatsapp.md, fact 5). */
export class AckBook {
  readonly #waiting = new Map<string, (ack: Ack) => void>();

  /** Messages that wait for a word. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves with the next word on this id. Call it before the stanza leaves. */
  expect(stanzaId: string): Promise<Ack> {
    return new Promise((resolve) => this.#waiting.set(stanzaId, resolve));
  }

  forget(stanzaId: string): void {
    this.#waiting.delete(stanzaId);
  }

  onAck({ attrs }: BinaryNode): void {
    const { id = '', error } = attrs;
    this.#settle(id, error === undefined ? { type: 'taken' } : { type: 'refused', code: error });
  }

  /** A recipient's device has it, so WhatsApp had it before, even when the acknowledgement was lost. */
  onReceipt(stanzaIds: readonly string[]): void {
    for (const id of stanzaIds) this.#settle(id, { type: 'taken' });
  }

  #settle(stanzaId: string, ack: Ack): void {
    this.#waiting.get(stanzaId)?.(ack);
    this.#waiting.delete(stanzaId);
  }
}
