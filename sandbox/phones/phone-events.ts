import { EventEmitter } from 'node:events';
import type { PhoneMessage } from '../store/message-log.ts';

/** What people and tests can hear of a phone. */
export type PhoneEvent =
  | { readonly type: 'message'; readonly message: PhoneMessage }
  | { readonly type: 'status'; readonly message: PhoneMessage }
  | { readonly type: 'undecryptable'; readonly id: string; readonly from: string }
  | { readonly type: 'linked' | 'unlinked' | 'companion-active'; readonly device: number }
  | { readonly type: 'chatstate'; readonly from: string; readonly state: string }
  | { readonly type: 'group'; readonly jid: string; readonly change: string };

type Listener = (event: PhoneEvent) => void;

/** Tells listeners of one phone, or of all, what happens. */
export class PhoneEvents {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  emit(number: string, event: PhoneEvent): void {
    this.#emitter.emit(number, event);
  }

  /** Hears of one phone until the returned function is called. */
  on(number: string, listener: Listener): () => void {
    this.#emitter.on(number, listener);
    return () => void this.#emitter.off(number, listener);
  }
}
