import { proto } from '@whiskeysockets/baileys';
import type { Composed, Target } from './composed.ts';

const EDIT_MARK = '1';
/** Members whose caption is what is edited. */
const CAPTIONED = ['imageMessage', 'videoMessage', 'documentMessage'] as const;

/** The new text of a message of one's own, or the new caption of its file. */
export function editMessage(text: string, { key, message }: Target, nowMs: number): Composed {
  const member = CAPTIONED.find((name) => message[name]);
  const editedMessage = member ? { [member]: { caption: text } } : { conversation: text };
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  return {
    type: 'text',
    edit: EDIT_MARK,
    message: { protocolMessage: { key, type, editedMessage, timestampMs: nowMs } },
  };
}
