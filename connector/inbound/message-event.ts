import type { EchoEvent, InboundContent, MessageEvent } from '#core/contracts/event.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';
import type { InboundRow } from '../messages/message-row.ts';
import type { SessionIdentity } from '../sessions/session-identity.ts';
import type { ReadContent } from '../whatsapp/whatsapp-port.ts';

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

/** A message that we have and can't read (cloud-api.md, code 131051). */
export const UNREADABLE: InboundContent = {
  type: 'unsupported',
  errors: [
    {
      code: 131051,
      title: 'Message type unknown',
      message: 'Message type unknown',
      error_data: { details: 'The message could not be read.' },
    },
  ],
  unsupported: { type: 'unreadable' },
};

const jidParts = (jid: string): { readonly user: string; readonly server: string } => {
  const at = jid.lastIndexOf('@');
  return { user: jid.slice(0, at), server: jid.slice(at + 1) };
};

/** Whether a chat is one that people write in: a person or a group, not a status list or a channel. */
function isConversation(chat: string): boolean {
  return [PHONE_SERVER, LID_SERVER, GROUP_SERVER].includes(jidParts(chat).server);
}

/** Whether a received message is an event: somebody wrote it in a chat that people write in. */
export const isTold = ({ chat }: { readonly chat: string }): boolean => isConversation(chat);

/** The event of a received message; of one that our own number wrote elsewhere, an echo. A LID is never given out as a phone number. */
export function messageEventOf(options: {
  readonly identity: SessionIdentity;
  readonly displayPhoneNumber: string;
  readonly row: InboundRow;
  /** Undefined while nobody could decrypt it. */
  readonly message: ReadContent | undefined;
}): MessageEvent | EchoEvent {
  const { identity, displayPhoneNumber, row, message } = options;
  const chat = jidParts(row.chat);
  // The content that follows a placeholder is another event.
  const facts = message ? ['message', row.wamid] : ['message', row.wamid, 'unavailable'];
  const { content = UNAVAILABLE, context, forwarded, referral, referredProduct } = message ?? {};
  const written = {
    version: 1,
    eventId: eventIdOf(identity.sessionUid, ...facts),
    ...identity,
    displayPhoneNumber,
    occurredAtMs: row.sentAtMs,
    sequence: row.arrival,
    wamid: row.wamid,
    ...(chat.server === GROUP_SERVER && { groupId: chat.user }),
    ...(context && { context }),
    ...(forwarded && { forwarded }),
    content,
  } as const;
  if (row.fromMe) return { ...written, type: 'echo', ...recipientOf(row) };
  const { phone, lid } = addressesOf([row.author, row.authorAlt]);
  return {
    ...written,
    type: 'message',
    ...(phone !== undefined && { from: phone }),
    ...(lid !== undefined && { fromUserId: lid }),
    ...(row.profileName !== undefined && { profileName: row.profileName }),
    ...(referral && { referral }),
    ...(referredProduct && { referredProduct }),
  };
}

/** Who a message of our own number went to; nobody by name in a group. */
function recipientOf({ chat, chatAlt }: InboundRow): Pick<EchoEvent, 'to' | 'toUserId'> {
  const { phone, lid } = addressesOf([chat, chatAlt]);
  return { ...(phone !== undefined && { to: phone }), ...(lid !== undefined && { toUserId: lid }) };
}

/** The phone number and the LID among the jids of one person. */
export function addressesOf(jids: readonly (string | undefined)[]): { readonly phone?: string; readonly lid?: string } {
  const parts = jids.flatMap((jid) => (jid === undefined ? [] : [jidParts(jid)]));
  const phone = parts.find(({ server }) => server === PHONE_SERVER)?.user;
  const lid = parts.find(({ server }) => server === LID_SERVER)?.user;
  return { ...(phone !== undefined && { phone: canonicalNumber(phone) }), ...(lid !== undefined && { lid }) };
}

/** Digits of the phone number among the jids of one person; undefined if only a LID is there. */
export const phoneAmong = (jids: readonly (string | undefined)[]): string | undefined => addressesOf(jids).phone;
