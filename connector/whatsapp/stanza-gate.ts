import type { BinaryNode } from '@whiskeysockets/baileys';

interface Mutex {
  mutex<T>(code: () => Promise<T> | T): Promise<T>;
}

/**
 * Holds the acknowledgement of a receipt or a notification back until `durable` has resolved. Baileys handles each of a kind inside a
 * mutex that is public on the socket and called by method, and acknowledges after it (whatsapp.md 5.3).
 *
 * Which stanza is being handled: Baileys reads its `from` and calls the mutex in the same turn, for live and for queued
 * ones alike, so the last stanza whose `from` was read is the one.
 * @returns to be called with each stanza, before Baileys sees it
 */
export function gateStanzas(
  mutex: Mutex,
  durable: (stanza: BinaryNode) => Promise<void>,
): (stanza: BinaryNode) => void {
  const original = mutex.mutex.bind(mutex);
  let handled: BinaryNode | undefined;
  mutex.mutex = async (code) => {
    const stanza = handled;
    handled = undefined;
    try {
      return await original(code);
    } finally {
      // Baileys acknowledges what it stumbles over too: rc14 does so over a new number in a group.
      if (stanza) await durable(stanza);
    }
  };
  return (stanza) => {
    const { from } = stanza.attrs;
    Object.defineProperty(stanza.attrs, 'from', {
      enumerable: true,
      get() {
        handled = stanza;
        return from;
      },
    });
  };
}
