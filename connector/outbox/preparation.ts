import type { EventError } from '#core/contracts/event.ts';
import type { MediaReference } from '#core/contracts/outbound/media-reference.ts';
import type { MessageHead, OutboundContent } from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { MediaId, SessionUid } from '#core/domain/ids.ts';
import type { MediaKind } from '#core/domain/media-kinds.ts';
import type { Wamid } from '#core/domain/wamid.ts';
import type { FindPreview } from '../media/find-preview.ts';
import type { MessageTable } from '../messages/message-table.ts';
import { rowOfWamid } from '../messages/row-of-wamid.ts';
import type { OutgoingMedia, OutgoingMessage, ReferredMessage } from '../whatsapp/whatsapp-port.ts';
import { NO_SUCH_MESSAGE, NOT_IN_THIS_CHAT, TOO_LATE_TO_EDIT, TOO_LATE_TO_REVOKE } from './failure-codes.ts';

/**
 * The file of a message: waits for one that is still being fetched, up to a minute from the message's turn.
 * @returns why the message fails, for a file that will not come
 */
export type FindMedia = (wish: {
  readonly sessionUid: SessionUid;
  readonly mediaId: MediaId;
  readonly kind: MediaKind;
}) => Promise<OutgoingMedia | { readonly error: EventError }>;

/** What the engine needs beside the content. */
export type Prepared = Pick<OutgoingMessage, 'media' | 'preview' | 'quoted' | 'target'>;

export interface PreparationOptions {
  readonly messages: Pick<MessageTable, 'inbound' | 'outbound'>;
  readonly findMedia: FindMedia;
  readonly findPreview: FindPreview;
  readonly clock: Clock;
}

/** How long after a message was sent WhatsApp lets it be changed, and taken back (cloud-api.md, section 3.4). */
const EDIT_WITHIN_MS = 15 * 60_000;
const REVOKE_WITHIN_MS = 2 * 24 * 60 * 60_000;

/**
 * Gathers what a message needs of our tables: its file, the message that it answers, the message that it is about. One that was quoted
 * and is not known any more is left out, as Meta does; without the one that it is about a message fails.
 */
export async function prepare(
  command: MessageHead,
  content: OutboundContent,
  options: PreparationOptions,
): Promise<Prepared | { readonly error: EventError }> {
  const { sessionUid, context } = command;
  const target = await targetOf(command, content, options);
  if (target && 'error' in target) return target;
  const file = fileOf(content);
  const media = file && (await options.findMedia({ sessionUid, mediaId: file.media.mediaId, kind: file.kind }));
  if (media && 'error' in media) return media;
  const wanted = content.type === 'text' ? content.text.preview : undefined;
  const preview = wanted && (await options.findPreview(sessionUid, wanted));
  const quoted = context && (await rowOfWamid(options.messages, context.wamid));
  return {
    ...(media && { media }),
    ...(preview && { preview }),
    ...(quoted && { quoted: quoted.message }),
    ...(target && { target }),
  };
}

/** Whether the message answers another one or is about one, whose row it needs. */
export const refersBack = ({ context }: MessageHead, content: OutboundContent | undefined): boolean =>
  context !== undefined || (content !== undefined && aboutOf(content) !== undefined);

function fileOf(content: OutboundContent): { readonly media: MediaReference; readonly kind: MediaKind } | undefined {
  if ('media' in content) return { media: content.media, kind: content.type };
  if (content.type !== 'interactive' || content.interactive.type === 'location_request') return undefined;
  const { header } = content.interactive;
  return header && 'media' in header ? { media: header.media, kind: header.type } : undefined;
}

async function targetOf(
  command: MessageHead,
  content: OutboundContent,
  { messages, clock }: PreparationOptions,
): Promise<ReferredMessage | { readonly error: EventError } | undefined> {
  const wamid = aboutOf(content);
  if (wamid === undefined) return undefined;
  const found = await rowOfWamid(messages, wamid);
  if (!found || found.message.content.length === 0) return { error: NO_SUCH_MESSAGE };
  if (!isInChatOf(command, found.message)) return { error: NOT_IN_THIS_CHAT };
  const ageMs = clock.now() - found.atMs;
  if (content.type === 'edit' && ageMs > EDIT_WITHIN_MS) return { error: TOO_LATE_TO_EDIT };
  if (content.type === 'revoke' && ageMs > REVOKE_WITHIN_MS) return { error: TOO_LATE_TO_REVOKE };
  return found.message;
}

/** The message that a content changes or says something of. */
function aboutOf(content: OutboundContent): Wamid | undefined {
  if (content.type === 'reaction') return content.reaction.wamid;
  if (content.type === 'edit') return content.edit.wamid;
  return content.type === 'revoke' ? content.revoke.wamid : undefined;
}

/** One person has several addresses, so of private chats only that they are private is compared. */
function isInChatOf({ to }: MessageHead, { chat }: ReferredMessage): boolean {
  return to.type === 'group' ? chat === `${to.groupId}@g.us` : !chat.endsWith('@g.us');
}
