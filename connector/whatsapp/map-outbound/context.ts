import { getContentType, normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { OutgoingMessage, ReferredMessage } from '../whatsapp-port.ts';
import type { Writing } from './writing.ts';

/** WhatsApp shows an arrow from 1 on, and two of them from 5 on. */
const FORWARDED_ONCE = 1;

/** What a message says of its surroundings: the message that it answers, who is named in it, that it was forwarded. */
export function contextOf({ quoted, forwarded }: OutgoingMessage, writing: Writing): proto.IContextInfo | undefined {
  const mentionedJid = [...writing.mentioned.values()].map(({ jid }) => jid);
  const context: proto.IContextInfo = {
    ...(quoted && quoteOf(quoted, writing)),
    ...(mentionedJid.length > 0 && { mentionedJid }),
    ...(forwarded && { isForwarded: true, forwardingScore: FORWARDED_ONCE }),
  };
  return Object.keys(context).length > 0 ? context : undefined;
}

/** @returns what WhatsApp needs to show the quoted message */
function quoteOf(quoted: ReferredMessage, { jid, own }: Writing): proto.IContextInfo {
  const quotedMessage = withoutContext(quoted.content);
  return {
    stanzaId: quoted.stanzaId,
    participant: authorOf(quoted, own),
    ...(quotedMessage && { quotedMessage }),
    // A private answer to a message of a group names the group.
    ...(quoted.chat.endsWith('@g.us') && quoted.chat !== jid && { remoteJid: quoted.chat }),
  };
}

/** Our own messages bear the address under which the chat knows us. */
function authorOf({ fromMe, author, chat }: ReferredMessage, own: Writing['own']): string {
  if (!fromMe && author !== undefined) return author;
  return chat.endsWith('@lid') && own.lid ? own.lid : own.pn;
}

/** The content alone: a quote in a quote is not shown. Undefined for a message without content. */
function withoutContext(content: Uint8Array): proto.IMessage | undefined {
  const outer = proto.Message.decode(content);
  const message = normalizeMessageContent(outer.deviceSentMessage?.message ?? outer);
  const type = getContentType(message ?? undefined);
  const inner = type && message?.[type];
  if (!inner) return undefined;
  if (typeof inner !== 'object') return { [type]: inner };
  const { contextInfo: _contextInfo, ...rest } = inner as { readonly contextInfo?: unknown };
  return { [type]: rest };
}
