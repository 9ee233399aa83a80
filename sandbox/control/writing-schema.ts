import * as z from 'zod';

/** Base64 of at least one byte. */
const file = z.base64().min(1);
const text = z.string().min(1);
const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
const target = { targetId: text };

/** One kind of content each; a request has exactly one. */
const CONTENTS = {
  text: text.optional(),
  reaction: z.strictObject({ emoji: z.string(), ...target }).optional(),
  edit: z.strictObject({ text, ...target }).optional(),
  revoke: z.strictObject(target).optional(),
  image: file.optional(),
  video: file.optional(),
  audio: file.optional(),
  document: file.optional(),
  sticker: file.optional(),
  location: z
    .strictObject({ latitude, longitude, name: text.optional(), address: text.optional(), url: text.optional() })
    .optional(),
  liveLocation: z.strictObject({ latitude, longitude, caption: text.optional() }).optional(),
  contacts: z
    .array(z.strictObject({ name: text, phone: text.optional(), vcard: text.optional() }))
    .min(1)
    .optional(),
  poll: z
    .strictObject({ question: text, options: z.array(text).min(2).max(12), selectable: z.int().min(0).optional() })
    .optional(),
  /** No option takes the vote back. */
  vote: z.strictObject({ options: z.array(text), ...target }).optional(),
  /** A tap on a button or a row of the message `replyTo`. */
  answer: z
    .strictObject({
      as: z.enum(['button', 'list', 'template', 'quick_reply', 'flow']),
      id: text,
      title: text,
      description: text.optional(),
    })
    .optional(),
  order: z
    .strictObject({
      id: text,
      text: text.optional(),
      currency: z.string().length(3),
      items: z
        .array(z.strictObject({ id: text, name: text, quantity: z.int().positive(), price: z.number().nonnegative() }))
        .min(1),
    })
    .optional(),
  /** Any other message: WhatsApp's protobuf `Message` in JSON. */
  message: z.record(z.string(), z.unknown()).optional(),
} as const;

const NAMES = Object.keys(CONTENTS) as (keyof typeof CONTENTS)[];

/** Something to write: one of the contents, and what goes with it. */
export const writing = z
  .strictObject({
    to: text,
    id: text.max(64).optional(),
    addressing: z.enum(['pn', 'lid']).optional(),
    /** Through a broadcast list that `to` is on. */
    broadcast: z.boolean().optional(),
    ...CONTENTS,
    /** Of files. */
    mimetype: z.string().optional(),
    caption: z.string().optional(),
    fileName: z.string().optional(),
    /** Audio that was recorded in the chat; true by default. */
    voice: z.boolean().optional(),
    /** A round video that was recorded in the chat. */
    note: z.boolean().optional(),
    /** Of stickers. */
    animated: z.boolean().optional(),
    /** Id of the message that this one answers. */
    replyTo: z.string().optional(),
    /** How often it was passed on; 5 is often. */
    forwarded: z.int().positive().optional(),
    ad: z
      .strictObject({
        sourceUrl: text,
        sourceId: text,
        sourceType: z.enum(['ad', 'post']),
        headline: text,
        body: text,
        media: z.enum(['image', 'video']),
        mediaUrl: text,
        thumbnailUrl: text.optional(),
        clickId: text,
        greeting: text.optional(),
      })
      .optional(),
    product: z.strictObject({ id: text, title: text }).optional(),
    viewOnce: z.boolean().optional(),
    disappearing: z.boolean().optional(),
    /** Id of the album that a picture is in. */
    album: z.string().optional(),
  })
  .refine(
    (input) => NAMES.filter((name) => input[name] !== undefined).length === 1,
    `Give exactly one of ${NAMES.slice(0, -1).join(', ')} and ${NAMES.at(-1)}.`,
  );

/** As `SandboxClient` sends it. */
export type Draft = z.input<typeof writing>;
