import type { BinaryNode } from '@whiskeysockets/baileys';

interface Mutex {
  mutex<T>(code: () => Promise<T> | T): Promise<T>;
}

/**
 * Holds the acknowledgement of a receipt back until `durable` has resolved. Baileys handles each receipt inside a mutex that
 * is public on the socket and called by method, and acknowledges after it (whatsapp.md 5.3).
 *
 * Which stanza is being handled: Baileys reads its `from` and calls the mutex in the same turn, for live and for queued
 * ones alike, so the last stanza whose `from` was read is the one.
 */
export function gateReceipts(
  mutex: Mutex,
  durable: (stanza: BinaryNode) => Promise<void>,
): (stanza: BinaryNode) => void {
  const original = mutex.mutex.bind(mutex);
  let handled: BinaryNode | undefined;
  mutex.mutex = async (code) => {
    const stanza = handled;
    handled = undefined;
    const result = await original(code);
    if (stanza) await durable(stanza);
    return result;
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
