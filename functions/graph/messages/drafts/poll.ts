import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import type { Draft } from './draft.ts';

export const draftPoll = ({ name, options, selectable_count: count }: MessageObject<'poll'>): Draft => ({
  content: { type: 'poll', poll: { name, options, selectableCount: count ?? 0 } },
});
