import { proto } from '@whiskeysockets/baileys';
import type { LinkPreview } from '../whatsapp-port.ts';
import type { Content, WireMessage, Writing } from './writing.ts';

/** @param preview of the page that the text names; the function that fetches has made it, never the connector (D11) */
export function writeText(
  { text }: Content<'text'>,
  contextInfo: proto.IContextInfo | undefined,
  { mentioned, preview }: Pick<Writing, 'mentioned'> & { readonly preview?: LinkPreview | undefined },
): WireMessage {
  let body = text.body;
  for (const [phone, { user }] of mentioned) body = body.replaceAll(`@${phone}`, `@${user}`);
  const extendedTextMessage = { text: body, ...(preview && shown(preview)), ...(contextInfo && { contextInfo }) };
  return { message: { extendedTextMessage } };
}

function shown({ url, title, description, thumbnail }: LinkPreview): proto.Message.IExtendedTextMessage {
  return {
    matchedText: url,
    title,
    ...(description && { description }),
    ...(thumbnail && { jpegThumbnail: thumbnail }),
    previewType: proto.Message.ExtendedTextMessage.PreviewType.NONE,
  };
}
