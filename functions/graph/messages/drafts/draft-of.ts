import type { MessageType } from '#core/contracts/api/messages/message-types.ts';
import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import { draftEdit, draftReaction, draftRevoke } from './about-message.ts';
import { draftContacts } from './contacts.ts';
import type { Draft } from './draft.ts';
import { draftInteractive } from './interactive.ts';
import { draftLocation } from './location.ts';
import { draftAudio, draftDocument, draftImage, draftSticker, draftVideo } from './media.ts';
import { draftPoll } from './poll.ts';
import { draftText } from './text.ts';

/** Types whose message is in the request. A template's is in its table. */
export type WrittenType = Exclude<MessageType, 'template'>;

/** How each type becomes a draft. @throws GraphError for what its schema can't say */
export const DRAFTS: { readonly [T in WrittenType]: (object: MessageObject<T>) => Draft } = {
  text: draftText,
  image: draftImage,
  video: draftVideo,
  audio: draftAudio,
  document: draftDocument,
  sticker: draftSticker,
  location: draftLocation,
  contacts: draftContacts,
  reaction: draftReaction,
  interactive: draftInteractive,
  poll: draftPoll,
  edit: draftEdit,
  revoke: draftRevoke,
};
