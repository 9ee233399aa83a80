import { proto } from '@whiskeysockets/baileys';
import type { Composed } from './composed.ts';

/** Any other message, as WhatsApp's protobuf in JSON (bytes in base64). Throws for what is none. */
export function anyMessage(json: Readonly<Record<string, unknown>>): Composed {
  const message = proto.Message.fromObject({ ...json });
  if (Object.keys(message).length === 0) throw new Error('That is no message of WhatsApp.');
  return { type: 'text', message };
}
