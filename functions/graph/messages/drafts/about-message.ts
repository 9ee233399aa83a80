import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import type { Draft } from './draft.ts';

/** Kinds that say something of another message. */
export const draftReaction = ({ message_id: wamid, emoji }: MessageObject<'reaction'>): Draft => ({
  content: { type: 'reaction', reaction: { wamid, emoji: emoji ?? '' } },
  mentions: [{ wamid, field: 'reaction.message_id' }],
});

export const draftEdit = ({ original_message_id: wamid, message }: MessageObject<'edit'>): Draft => ({
  content: { type: 'edit', edit: { wamid, body: message.text.body } },
  mentions: [{ wamid, field: 'edit.original_message_id', direction: 'out' }],
});

export const draftRevoke = ({ original_message_id: wamid }: MessageObject<'revoke'>): Draft => ({
  content: { type: 'revoke', revoke: { wamid } },
  mentions: [{ wamid, field: 'revoke.original_message_id', direction: 'out' }],
});
