import * as z from 'zod';
import { AudioContentSchema } from './audio.ts';
import { ContactsContentSchema } from './contacts.ts';
import { DocumentContentSchema } from './document.ts';
import { EditContentSchema } from './edit.ts';
import { ImageContentSchema } from './image.ts';
import { InteractiveContentSchema } from './interactive.ts';
import { LocationContentSchema } from './location.ts';
import { PollContentSchema } from './poll.ts';
import { ReactionContentSchema } from './reaction.ts';
import { RevokeContentSchema } from './revoke.ts';
import { StickerContentSchema } from './sticker.ts';
import { TextContentSchema } from './text.ts';
import { VideoContentSchema } from './video.ts';

/** Content of an outbound message, one member a kind. */
export const OutboundContentSchema = z.discriminatedUnion('type', [
  TextContentSchema,
  ImageContentSchema,
  VideoContentSchema,
  AudioContentSchema,
  DocumentContentSchema,
  StickerContentSchema,
  LocationContentSchema,
  ContactsContentSchema,
  ReactionContentSchema,
  InteractiveContentSchema,
  PollContentSchema,
  EditContentSchema,
  RevokeContentSchema,
]);
export type OutboundContent = z.infer<typeof OutboundContentSchema>;
/** Content of one kind. */
export type ContentOf<T extends OutboundContent['type']> = Extract<OutboundContent, { readonly type: T }>;
export type MediaContent = ContentOf<'image' | 'video' | 'audio' | 'document' | 'sticker'>;
