import { proto } from '@whiskeysockets/baileys';
import type { Composed, Target } from './composed.ts';

const REVOKE_MARK = '7';

/** Takes a message back, for everybody. */
export const revokeMessage = ({ key }: Target): Composed => ({
  type: 'text',
  edit: REVOKE_MARK,
  message: { protocolMessage: { key, type: proto.Message.ProtocolMessage.Type.REVOKE } },
});
