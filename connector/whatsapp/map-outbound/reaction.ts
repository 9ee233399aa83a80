import type { OutgoingMessage } from '../whatsapp-port.ts';
import { keyOf } from './message-key.ts';
import type { Content, WireMessage, Writing } from './writing.ts';

/** An empty emoji takes an earlier reaction back. */
export function writeReaction(
  { reaction }: Content<'reaction'>,
  { target }: OutgoingMessage,
  writing: Writing,
): WireMessage {
  const key = keyOf(target, writing);
  return { message: { reactionMessage: { key, text: reaction.emoji, senderTimestampMs: writing.nowMs } } };
}
