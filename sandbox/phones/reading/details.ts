import { normalizeMessageContent, type proto } from '@whiskeysockets/baileys';
import type { MessageDetails } from '../../store/message-log.ts';

type Context = proto.IContextInfo | null | undefined;

/** What stands around a message: the one that it quotes, whom it names, that it was forwarded. */
export function aroundOf(context: Context): MessageDetails {
  if (!context) return {};
  const quoted = context.stanzaId
    ? { id: context.stanzaId, author: context.participant ?? '', text: plainTextOf(context.quotedMessage) }
    : undefined;
  return {
    ...(quoted && { quoted }),
    ...(context.mentionedJid?.length ? { mentions: context.mentionedJid } : {}),
    ...(context.isForwarded ? { isForwarded: true } : {}),
  };
}

function plainTextOf(message: proto.IMessage | null | undefined): string | undefined {
  const content = normalizeMessageContent(message ?? undefined);
  return content?.conversation ?? content?.extendedTextMessage?.text ?? content?.imageMessage?.caption ?? undefined;
}
