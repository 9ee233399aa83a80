import type { proto } from '@whiskeysockets/baileys';
import type { ReadMessage } from '../whatsapp-port.ts';

/** Text: bare, or extended with a preview, formatting or the message that it answers. */
export function readText(message: proto.IMessage, edit: boolean): ReadMessage | undefined {
  const extended = message.extendedTextMessage;
  const body = message.conversation || extended?.text;
  if (edit || !body) return undefined;
  const stanzaId = extended?.contextInfo?.stanzaId;
  return { type: 'content', content: { type: 'text', text: { body } }, ...(stanzaId && { quoted: { stanzaId } }) };
}
