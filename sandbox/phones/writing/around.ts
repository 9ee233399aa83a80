import { proto } from '@whiskeysockets/baileys';
import type { Composed, Target, Writer } from './composed.ts';

/** An ad that a person tapped before they wrote. */
export interface Ad {
  readonly sourceUrl: string;
  readonly sourceId: string;
  readonly sourceType: 'ad' | 'post';
  readonly headline: string;
  readonly body: string;
  readonly media: 'image' | 'video';
  readonly mediaUrl: string;
  readonly thumbnailUrl?: string | undefined;
  readonly clickId: string;
  readonly greeting?: string | undefined;
}

/** What can go with a message of any kind. */
export interface Around {
  /** Id of the message that this one answers. */
  readonly replyTo?: string | undefined;
  /** How often it was passed on; 5 is often. */
  readonly forwarded?: number | undefined;
  readonly ad?: Ad | undefined;
  /** The product of the other side's catalog that this is about. */
  readonly product?: { readonly id: string; readonly title: string } | undefined;
  readonly viewOnce?: boolean | undefined;
  readonly disappearing?: boolean | undefined;
  /** Id of the album that a picture is in. */
  readonly album?: string | undefined;
}

const { MediaType } = proto.ContextInfo.ExternalAdReplyInfo;
const { AssociationType } = proto.MessageAssociation;
const A_DAY_S = 86_400;
/** Every message of a modern client carries a secret that reactions and poll votes are derived from. */
const SECRET_BYTES = 32;

/** Puts around a message what goes with it. @param partner jid of the other side */
export function around(composed: Composed, what: Around, writer: Writer, partner: string): Composed {
  const info = contextOf(what, writer, partner);
  const message = Object.keys(info).length > 0 ? withContext(composed.message, info) : composed.message;
  const messageContextInfo: proto.IMessageContextInfo = {
    ...composed.message.messageContextInfo,
    messageSecret: writer.random(SECRET_BYTES),
  };
  if (what.album !== undefined) {
    const parentMessageKey = writer.target(what.album).key;
    messageContextInfo.messageAssociation = { associationType: AssociationType.MEDIA_ALBUM, parentMessageKey };
  }
  return { ...composed, message: { ...wrapped(message, what), messageContextInfo } };
}

function contextOf(what: Around, { target }: Writer, partner: string): proto.IContextInfo {
  const { replyTo, forwarded, ad, product, disappearing } = what;
  return {
    ...(replyTo !== undefined && quoteOf(target(replyTo))),
    ...(forwarded !== undefined && { isForwarded: true, forwardingScore: forwarded }),
    ...(ad && { externalAdReply: adOf(ad) }),
    ...(product && {
      participant: partner,
      quotedMessage: {
        productMessage: { businessOwnerJid: partner, product: { productId: product.id, title: product.title } },
      },
    }),
    ...(disappearing && { expiration: A_DAY_S }),
  };
}

function quoteOf({ key, author, message }: Target): proto.IContextInfo {
  const { messageContextInfo: _secret, ...quotedMessage } = message;
  return { stanzaId: key.id, participant: author, quotedMessage };
}

const adOf = (ad: Ad): proto.ContextInfo.IExternalAdReplyInfo => ({
  title: ad.headline,
  body: ad.body,
  mediaType: ad.media === 'video' ? MediaType.VIDEO : MediaType.IMAGE,
  mediaUrl: ad.mediaUrl,
  thumbnailUrl: ad.thumbnailUrl,
  sourceType: ad.sourceType,
  sourceId: ad.sourceId,
  sourceUrl: ad.sourceUrl,
  ctwaClid: ad.clickId,
  greetingMessageBody: ad.greeting,
  showAdAttribution: true,
});

/** Each kind has its own member for it; a bare text becomes an extended one. */
function withContext(message: proto.IMessage, contextInfo: proto.IContextInfo): proto.IMessage {
  const { conversation, ...rest } = message;
  if (typeof conversation === 'string') return { ...rest, extendedTextMessage: { text: conversation, contextInfo } };
  const [member, content] = Object.entries(rest).find(([name]) => name !== 'messageContextInfo') ?? [];
  if (member === undefined) return message;
  const inner = (content as { readonly message?: proto.IMessage }).message;
  if (inner) return { ...rest, [member]: { message: withContext(inner, contextInfo) } };
  return { ...rest, [member]: { ...(content as object), contextInfo } };
}

function wrapped(message: proto.IMessage, { viewOnce, disappearing }: Around): proto.IMessage {
  const once = viewOnce ? { viewOnceMessageV2: { message } } : message;
  return disappearing ? { ephemeralMessage: { message: once } } : once;
}
