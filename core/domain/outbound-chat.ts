import { type Address, addressIdOf } from '../contracts/outbound-command.ts';
import { canonicalNumber } from './phone-number.ts';
import { chatHashOf } from './shard.ts';

/** Name of the chat that a message goes to, for message groups and what waits: one for a person, however the number was written. */
export const outboundChatOf = (to: Address): string =>
  chatHashOf(to.type === 'individual' ? canonicalNumber(to.phone) : addressIdOf(to));
