import type { OutgoingMessage } from '../whatsapp-port.ts';
import { writeContacts } from './contacts.ts';
import { contextOf } from './context.ts';
import { writeEdit } from './edit.ts';
import { writeInteractive } from './interactive.ts';
import { writeLocation } from './location.ts';
import { writeAudio, writeDocument, writeImage, writeSticker, writeVideo } from './media.ts';
import { writePoll } from './poll.ts';
import { writeReaction } from './reaction.ts';
import { writeRevoke } from './revoke.ts';
import { writeText } from './text.ts';
import type { WireMessage, Writing } from './writing.ts';

/** Writes a message as WhatsApp's protobuf. @throws Error for a message about another one that is not given */
export function writeMessage(outgoing: OutgoingMessage, writing: Writing): WireMessage {
  const { content } = outgoing;
  if (content.type === 'reaction') return writeReaction(content, outgoing, writing);
  if (content.type === 'edit') return writeEdit(content, outgoing, writing);
  if (content.type === 'revoke') return writeRevoke(outgoing, writing);
  const written = writeContent(content, outgoing, writing);
  const { secret: messageSecret } = writing;
  return { ...written, message: { ...written.message, messageContextInfo: { messageSecret } } };
}

function writeContent(
  content: Exclude<OutgoingMessage['content'], { readonly type: 'reaction' | 'edit' | 'revoke' }>,
  outgoing: OutgoingMessage,
  writing: Writing,
): WireMessage {
  const contextInfo = contextOf(outgoing, writing);
  switch (content.type) {
    case 'text':
      return writeText(content, contextInfo, { ...writing, preview: outgoing.preview });
    case 'image':
      return writeImage(content, contextInfo, writing);
    case 'video':
      return writeVideo(content, contextInfo, writing);
    case 'audio':
      return writeAudio(content, contextInfo, writing);
    case 'document':
      return writeDocument(content, contextInfo, { ...writing, fileName: outgoing.media?.fileName });
    case 'sticker':
      return writeSticker(contextInfo, writing);
    case 'location':
      return writeLocation(content, contextInfo);
    case 'contacts':
      return writeContacts(content, contextInfo);
    case 'poll':
      return writePoll(content, contextInfo);
    case 'interactive':
      return writeInteractive(content, contextInfo, { ...writing, native: outgoing.native ?? false });
  }
}
