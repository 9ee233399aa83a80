import { normalizeMessageContent, proto } from '@whiskeysockets/baileys';

/** Wrappers that Baileys leaves on: what is inside is an ordinary message. */
const WRAPPERS = [
  'groupMentionedMessage',
  'lottieStickerMessage',
  'pollCreationMessageV4',
  'botInvokeMessage',
  'botForwardedMessage',
  'eventCoverImage',
  'pollCreationOptionImageMessage',
  'questionMessage',
  'questionReplyMessage',
] as const satisfies readonly (keyof proto.IMessage)[];
/** Wrappers inside each other; an honest sender has two. */
const DEEPEST = 8;

/** What is inside disappearing messages, messages to be seen once, documents with a caption and other envelopes. */
export function unwrap(message: proto.IMessage): proto.IMessage {
  let inner = message;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const next = normalizeMessageContent(inner) ?? {};
    const wrapped = WRAPPERS.map((wrapper) => next[wrapper]?.message).find(Boolean);
    if (!wrapped) return next;
    inner = wrapped;
  }
  return inner;
}

/** A message as it stands in a row: what another device of our own number wrote is wrapped once more. */
export interface StoredMessage {
  readonly message: proto.IMessage;
  /** Key of what is encrypted about this message later, such as votes. */
  readonly secret: Uint8Array | undefined;
  /** It says the new content of an old message. */
  readonly isEdit: boolean;
}

/** @param content WhatsApp's protobuf, without padding @throws for bytes that are none */
export function decodeStored(content: Uint8Array): StoredMessage {
  const outer = proto.Message.decode(content);
  const sent = outer.deviceSentMessage?.message ?? outer;
  const message = unwrap(sent);
  const secret = [message, sent, outer].map((each) => each.messageContextInfo?.messageSecret).find(Boolean);
  const isEdit = Boolean(sent.editedMessage ?? message.protocolMessage?.editedMessage);
  return { message, secret: secret ?? undefined, isEdit };
}
