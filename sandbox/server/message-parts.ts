import type { BinaryNode } from '../wire/node.ts';
import { children } from '../wire/node.ts';

/** The encrypted parts for one device out of `<to jid>`. */
export function copyFrom(to: BinaryNode): { readonly jid: string; readonly enc: readonly BinaryNode[] } {
  return { jid: to.attrs['jid'] ?? '', enc: children(to, 'enc') };
}

/** What else the recipient gets to see of the sender's stanza. */
export function passedOn(message: BinaryNode): BinaryNode[] {
  return children(message).filter((each) => each.tag === 'device-identity' || each.tag === 'meta');
}
