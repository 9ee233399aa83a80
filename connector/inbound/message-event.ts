import type { InboundContent, MessageEvent } from '#core/contracts/event.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import type { InboundRow } from '../messages/message-row.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';

const PHONE_SERVER = 's.whatsapp.net';
const LID_SERVER = 'lid';
const GROUP_SERVER = 'g.us';

/** Meta's placeholder for a message that nobody could decrypt (cloud-api.md, code 131060). */
const UNAVAILABLE: InboundContent = {
  type: 'unsupported',
  errors: [
    {
      code: 131060,
      title: 'This message is currently unavailable',
      message: 'This message is currently unavailable',
      error_data: { details: 'The message could not be decrypted. It follows if the sender’s device sends it again.' },
    },
  ],
  unsupported: { type: 'media_placeholder' },
};

const jidParts = (jid: string): { readonly user: string; readonly server: string } => {
  const at = jid.lastIndexOf('@');
  return { user: jid.slice(0, at), server: jid.slice(at + 1) };
};

/** Whether a chat is one that people write in: a person or a group, not a status list or a channel. */
export function isConversation(chat: string): boolean {
  return [PHONE_SERVER, LID_SERVER, GROUP_SERVER].includes(jidParts(chat).server);
}

/** The event of a received message. A LID is never given out as a phone number. */
export function messageEventOf(options: {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: string;
  readonly row: InboundRow;
  /** Undefined while nobody could decrypt it. */
  readonly content: InboundContent | undefined;
  readonly context?: MessageEvent['context'];
}): MessageEvent {
  const { identity, displayPhoneNumber, row, content, context } = options;
  const addresses = [row.author, ...(row.authorAlt === undefined ? [] : [row.authorAlt])].map(jidParts);
  const from = addresses.find(({ server }) => server === PHONE_SERVER)?.user;
  const fromUserId = addresses.find(({ server }) => server === LID_SERVER)?.user;
  const chat = jidParts(row.chat);
  // The content that follows a placeholder is another event.
  const facts = content ? ['message', row.wamid] : ['message', row.wamid, 'unavailable'];
  return {
    version: 1,
    type: 'message',
    eventId: eventIdOf(identity.sessionUid, ...facts),
    ...identity,
    displayPhoneNumber,
    occurredAtMs: row.sentAtMs,
    wamid: row.wamid,
    ...(from !== undefined && { from }),
    ...(fromUserId !== undefined && { fromUserId }),
    ...(row.profileName !== undefined && { profileName: row.profileName }),
    ...(chat.server === GROUP_SERVER && { groupId: chat.user }),
    ...(context && { context }),
    content: content ?? UNAVAILABLE,
  };
}

/** Digits of the phone number in a jid; undefined for a LID. */
export function phoneOf(jid: string): string | undefined {
  const { user, server } = jidParts(jid);
  return server === PHONE_SERVER ? user : undefined;
}
