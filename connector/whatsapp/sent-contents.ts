/** Contents of sent messages that are surely in their rows after so many others, D3's retry store. */
const REMEMBERED = 256;

/** What a connection has sent last: a device may ask for it before the row is written that follows the acknowledgement. */
export class SentContents {
  readonly #contents = new Map<string, Uint8Array>();

  get(stanzaId: string): Uint8Array | undefined {
    return this.#contents.get(stanzaId);
  }

  remember(stanzaId: string, content: Uint8Array): void {
    this.#contents.set(stanzaId, content);
    const oldest = this.#contents.size > REMEMBERED ? this.#contents.keys().next() : undefined;
    if (oldest && !oldest.done) this.#contents.delete(oldest.value);
  }
}
