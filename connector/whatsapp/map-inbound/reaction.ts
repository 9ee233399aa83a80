import { referenceOf } from './message-reference.ts';
import type { Reader } from './reading.ts';

/** An emoji under a message, or that it was taken away: then the text is empty. */
export const readReaction: Reader = async ({ reactionMessage }, { received, find }) => {
  const target = referenceOf(reactionMessage?.key, received);
  if (!reactionMessage || !target) return undefined;
  const { wamid } = await find(target);
  const emoji = reactionMessage.text;
  return { content: { type: 'reaction', reaction: { message_id: wamid, ...(emoji && { emoji }) } } };
};
