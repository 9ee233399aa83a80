import * as z from 'zod';

const addressing = z.enum(['pn', 'lid']);

/** Changes to a person, all optional. */
export const personChange = z.strictObject({
  name: z.string().min(1).max(25).optional(),
  autoRead: z.boolean().optional(),
  addressing: addressing.optional(),
  /** Whether the number is one of WhatsApp Business. */
  business: z.boolean().optional(),
});

export const newPerson = personChange.extend({ number: z.string().optional() });

export const scan = z.strictObject({ qr: z.string().min(1) });
export const pairingCode = z.strictObject({ code: z.string().min(1) });

export const readMark = z.strictObject({ id: z.string().min(1), type: z.enum(['read', 'played']).optional() });
export const askAgain = z.strictObject({ id: z.string().min(1) });
export const unlink = z.strictObject({ device: z.int().positive().optional() });
export const typing = z.strictObject({ to: z.string().min(1), state: z.enum(['composing', 'paused']) });
export const numberChange = z.strictObject({ to: z.string().min(1) });
export const call = z.strictObject({ to: z.string().min(1), video: z.boolean().optional() });
export const hangUp = z.strictObject({
  to: z.string().min(1),
  id: z.string().min(1),
  taken: z.boolean().optional(),
});
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
/** `everywhere`: the phones have no copies either. */
export const forgetMedia = z.strictObject({ everywhere: z.boolean().default(false) });
export const mediaFaults = z.strictObject({ upload: fault, download: fault });
