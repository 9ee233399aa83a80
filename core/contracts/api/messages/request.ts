import * as z from 'zod';
import { TemplateMessageSchema } from '../templates/template-message.ts';
import { ContactsSchema } from './contacts.ts';
import { EditSchema } from './edit.ts';
import { MessageEnvelopeSchema } from './envelope.ts';
import { InteractiveSchema } from './interactive/interactive.ts';
import { LocationSchema } from './location.ts';
import { AudioSchema, DocumentSchema, ImageSchema, StickerSchema, VideoSchema } from './media.ts';
import type { MessageType } from './message-types.ts';
import { PollSchema } from './poll.ts';
import { ReactionSchema } from './reaction.ts';
import { MarkReadRequestSchema } from './read.ts';
import { RevokeSchema } from './revoke.ts';
import { TextSchema } from './text.ts';

/** What stands under the name of each type. */
export const MESSAGE_OBJECTS = {
  text: TextSchema,
  image: ImageSchema,
  video: VideoSchema,
  audio: AudioSchema,
  document: DocumentSchema,
  sticker: StickerSchema,
  location: LocationSchema,
  contacts: ContactsSchema,
  reaction: ReactionSchema,
  interactive: InteractiveSchema,
  template: TemplateMessageSchema,
  poll: PollSchema,
  edit: EditSchema,
  revoke: RevokeSchema,
} as const satisfies Record<MessageType, z.ZodType>;
/** The object of a type, as it was parsed. */
export type MessageObject<T extends MessageType> = z.output<(typeof MESSAGE_OBJECTS)[T]>;

const bodyOf = <T extends MessageType>(type: T, id: string) => {
  const literal = z.literal(type);
  return MessageEnvelopeSchema.extend({
    type: type === 'text' ? literal.nullish().meta({ description: 'text if left out' }) : literal,
    [type]: MESSAGE_OBJECTS[type],
  }).meta({ id });
};

/** Body of `POST /{phone_number_id}/marketing_messages`. */
export const SendTemplateRequestSchema = bodyOf('template', 'SendTemplateRequest');

/** Body of `POST /{phone_number_id}/messages`, for the description of the API. */
export const SendMessageRequestSchema = z.union([
  bodyOf('text', 'SendTextRequest'),
  bodyOf('image', 'SendImageRequest'),
  bodyOf('video', 'SendVideoRequest'),
  bodyOf('audio', 'SendAudioRequest'),
  bodyOf('document', 'SendDocumentRequest'),
  bodyOf('sticker', 'SendStickerRequest'),
  bodyOf('location', 'SendLocationRequest'),
  bodyOf('contacts', 'SendContactsRequest'),
  bodyOf('reaction', 'SendReactionRequest'),
  bodyOf('interactive', 'SendInteractiveRequest'),
  SendTemplateRequestSchema,
  bodyOf('poll', 'SendPollRequest'),
  bodyOf('edit', 'SendEditRequest'),
  bodyOf('revoke', 'SendRevokeRequest'),
  MarkReadRequestSchema,
]);
