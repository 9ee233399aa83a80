import type { Composed, Target } from './composed.ts';

/** An empty emoji takes an earlier reaction back. */
export const reactionMessage = (emoji: string, { key }: Target, nowMs: number): Composed => ({
  type: 'reaction',
  message: { reactionMessage: { key, text: emoji, senderTimestampMs: nowMs } },
});
