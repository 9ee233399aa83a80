import type { ParkedTable } from '../messages/parked-table.ts';
import type { ColdContactsOptions } from './cold-contacts.ts';
import type { MessageDeliveryOptions } from './message-delivery.ts';

/** What a deployment decides. */
export interface SendPolicy {
  /** How long a message waits for its session where it does not say so itself, milliseconds. */
  readonly messageTtlMs: number;
  readonly sendAttempts: number;
  readonly sendRetryDelayMs: number;
  /** Buttons and lists as WhatsApp's own, and not as a text with numbers. */
  readonly nativeButtons: boolean;
}

export interface OutboxOptions extends Omit<MessageDeliveryOptions, 'cold' | keyof SendPolicy> {
  readonly policy: SendPolicy;
  readonly parked: ParkedTable;
  readonly writers: ColdContactsOptions['writers'];
}
