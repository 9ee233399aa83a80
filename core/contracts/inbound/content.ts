import * as z from 'zod';
import { ButtonContentSchema } from './button.ts';
import { ContactsContentSchema } from './contacts.ts';
import { EditContentSchema } from './edit.ts';
import { InteractiveContentSchema } from './interactive.ts';
import { LocationContentSchema } from './location.ts';
import {
  AudioContentSchema,
  DocumentContentSchema,
  ImageContentSchema,
  StickerContentSchema,
  VideoContentSchema,
} from './media.ts';
import { OrderContentSchema } from './order.ts';
import { ReactionContentSchema } from './reaction.ts';
import { RevokeContentSchema } from './revoke.ts';
import { SystemContentSchema } from './system.ts';
import { TextContentSchema } from './text.ts';
import { UnsupportedContentSchema } from './unsupported.ts';

/** Meta's `messages[]` entry less what the event has beside it: `id`, `from`, `timestamp`, `context`, `referral`. */
export const InboundContentSchema = z.discriminatedUnion('type', [
  TextContentSchema,
  ImageContentSchema,
  VideoContentSchema,
  AudioContentSchema,
  DocumentContentSchema,
  StickerContentSchema,
  LocationContentSchema,
  ContactsContentSchema,
  ReactionContentSchema,
  ButtonContentSchema,
  InteractiveContentSchema,
  OrderContentSchema,
  SystemContentSchema,
  EditContentSchema,
  RevokeContentSchema,
  UnsupportedContentSchema,
]);
export type InboundContent = z.infer<typeof InboundContentSchema>;
