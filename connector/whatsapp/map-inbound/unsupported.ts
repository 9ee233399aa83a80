import { proto } from '@whiskeysockets/baileys';
import type { UnsupportedContent } from '#core/contracts/inbound/unsupported.ts';
import { NOT_CONTENT } from './housekeeping.ts';

/** Meta's words for kinds that have one, by WhatsApp's own member; others are told by WhatsApp's word. */
const KINDS: Readonly<Record<string, string>> = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  lottieStickerMessage: 'sticker',
  locationMessage: 'location',
  liveLocationMessage: 'location',
  contactMessage: 'contacts',
  contactsArrayMessage: 'contacts',
  reactionMessage: 'reaction',
  encReactionMessage: 'reaction',
  pollCreationMessage: 'poll_creation',
  pollCreationMessageV2: 'poll_creation',
  pollCreationMessageV3: 'poll_creation',
  pollCreationMessageV5: 'poll_creation',
  pollUpdateMessage: 'poll_update',
  groupInviteMessage: 'group_invite',
  interactiveMessage: 'interactive',
  interactiveResponseMessage: 'interactive',
  buttonsMessage: 'interactive',
  buttonsResponseMessage: 'interactive',
  listMessage: 'list',
  listResponseMessage: 'list',
  orderMessage: 'order',
  productMessage: 'product',
  pinInChatMessage: 'pin',
  keepInChatMessage: 'keep_in_chat',
  placeholderMessage: 'media_placeholder',
  templateMessage: 'hsm',
  highlyStructuredMessage: 'hsm',
  templateButtonReplyMessage: 'button',
  conversation: 'text',
  extendedTextMessage: 'text',
};

const { Type } = proto.Message.ProtocolMessage;

/** `pollCreationMessageV9` becomes `poll_creation_v9`, so that a new kind has a name before we know it. */
export function kindOf(message: proto.IMessage): string {
  const protocol = message.protocolMessage;
  if (protocol) return protocol.type === Type.MESSAGE_EDIT ? 'edit' : 'revoke';
  const members = Object.entries(message).filter(([name, value]) => Boolean(value) && !NOT_CONTENT.has(name));
  const member = members[0]?.[0] ?? 'unknown';
  return KINDS[member] ?? member.replace(/Messs?age/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Meta's `unsupported` message: error 131051 and the kind's name. */
export function unsupportedContent(kind: string): UnsupportedContent {
  const details = 'Message type is currently not supported.';
  const title = 'Message type unknown';
  return {
    type: 'unsupported',
    errors: [{ code: 131051, title, message: title, error_data: { details } }],
    unsupported: { type: kind },
  };
}
