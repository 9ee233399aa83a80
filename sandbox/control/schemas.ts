import * as z from 'zod';

/** Base64 of at least one byte. */
const file = z.base64().min(1);
const addressing = z.enum(['pn', 'lid']);

/** Changes to a person, all optional. */
export const personChange = z.strictObject({
  name: z.string().min(1).max(25).optional(),
  autoRead: z.boolean().optional(),
  addressing: addressing.optional(),
});

export const newPerson = personChange.extend({ number: z.string().optional() });

export const scan = z.strictObject({ qr: z.string().min(1) });
export const pairingCode = z.strictObject({ code: z.string().min(1) });

/** Something to write. Exactly one of the contents. */
export const writing = z
  .strictObject({
    to: z.string().min(1),
    id: z.string().min(1).max(64).optional(),
    addressing: addressing.optional(),
    text: z.string().min(1).optional(),
    /** Id of the message that `text` answers. */
    replyTo: z.string().optional(),
    reaction: z.strictObject({ emoji: z.string(), targetId: z.string().min(1) }).optional(),
    edit: z.strictObject({ text: z.string().min(1), targetId: z.string().min(1) }).optional(),
    revoke: z.strictObject({ targetId: z.string().min(1) }).optional(),
    image: file.optional(),
    video: file.optional(),
    audio: file.optional(),
    document: file.optional(),
    mimetype: z.string().optional(),
    caption: z.string().optional(),
    fileName: z.string().optional(),
  })
  .refine(
    (input) => CONTENTS.filter((field) => input[field] !== undefined).length === 1,
    'Give exactly one of text, reaction, edit, revoke, image, video, audio and document.',
  );

const CONTENTS = ['text', 'reaction', 'edit', 'revoke', 'image', 'video', 'audio', 'document'] as const;

export const readMark = z.strictObject({ id: z.string().min(1), type: z.enum(['read', 'played']).optional() });
export const unlink = z.strictObject({ device: z.int().positive().optional() });
export const typing = z.strictObject({ to: z.string().min(1), state: z.enum(['composing', 'paused']) });
export const newGroup = z.strictObject({
  subject: z.string().min(1).max(100),
  members: z.array(z.string()).min(1),
  addressing: addressing.optional(),
});

/** Ways to lose a linked device's connection. */
const DISCONNECTS = [
  'tcp',
  'ws-1011',
  'xmlstreamend',
  'silent',
  '515',
  '503',
  '500',
  'no-code',
  'ack',
  'conflict',
  'logout',
  'refuse-401',
  'refuse-402',
  'refuse-403',
  'refuse-405',
  'refuse-406',
  'refuse-503',
  'accept',
] as const;

export type Disconnect = (typeof DISCONNECTS)[number];

export const disconnect = z.strictObject({ how: z.enum(DISCONNECTS) });

const fault = z.int().min(400).max(599).nullable().optional();
export const mediaFaults = z.strictObject({ upload: fault, download: fault });
