import { proto } from '@whiskeysockets/baileys';
import { EditedContentSchema } from '#core/contracts/inbound/edit.ts';
import { readMedia } from './media.ts';
import { referenceOf } from './message-reference.ts';
import type { Reader } from './reading.ts';
import { readText } from './text.ts';
import { decodeStored, unwrap } from './unwrap.ts';

const { Type } = proto.Message.ProtocolMessage;

/** Members of a message whose caption can be edited. */
const CAPTIONED = ['imageMessage', 'videoMessage', 'documentMessage'] as const;

/**
 * The new text of an old message, or the new caption of an old file. Everybody edits their own messages only; WhatsApp's server can't see
 * whose it is, so we look.
 */
export const readEdit: Reader = async ({ protocolMessage: protocol }, reading) => {
  const { received, find } = reading;
  if (protocol?.type !== Type.MESSAGE_EDIT || !protocol.editedMessage || !protocol.key?.fromMe) return undefined;
  const target = referenceOf(protocol.key, received);
  if (!target) return undefined;
  const original = await find(target);
  const edited = unwrap(protocol.editedMessage);
  const old = original.content && decodeStored(original.content).message;
  const whole = { ...reading, received: { ...received, wamid: original.wamid } };
  const said = (await readText(edited, whole)) ?? (await readMedia(withFile(edited, old), whole));
  const message = EditedContentSchema.safeParse(said?.content);
  if (!message.success) return undefined;
  return { content: { type: 'edit', edit: { original_message_id: original.wamid, message: message.data } } };
};

/** An edit names the caption alone; the file is that of the old message. */
function withFile(edited: proto.IMessage, old: proto.IMessage | undefined): proto.IMessage {
  const member = CAPTIONED.find((name) => edited[name]);
  const file = member && old?.[member];
  return file ? { [member]: { ...file, caption: edited[member]?.caption } } : edited;
}
