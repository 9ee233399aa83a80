import type { FindMessage, ReadMessage, ReceivedMessage } from '../whatsapp-port.ts';
import { readAnswer } from './answers.ts';
import { readContacts } from './contacts.ts';
import { readContext } from './context.ts';
import { readEdit } from './edit.ts';
import { housekeepingKind } from './housekeeping.ts';
import { readLocation } from './location.ts';
import { readMedia } from './media.ts';
import { readOrder } from './order.ts';
import { readPoll, readVote } from './polls.ts';
import { readReaction } from './reaction.ts';
import type { Reader } from './reading.ts';
import { readRevoke } from './revoke.ts';
import { readText } from './text.ts';
import { kindOf, unsupportedContent } from './unsupported.ts';
import { decodeStored } from './unwrap.ts';

/** Kinds that change an old message. */
const CHANGES: readonly Reader[] = [readEdit, readRevoke];
/** Kinds that say something new, the commonest first. */
const KINDS: readonly Reader[] = [
  readText,
  readMedia,
  readAnswer,
  readReaction,
  readLocation,
  readContacts,
  readPoll,
  readVote,
  readOrder,
];

/**
 * Reads a received message: what it says, or that no person wrote it. Never drops and never invents: what has no kind at Meta, or can't be
 * told, becomes `unsupported` with its name.
 */
export async function readMessage(received: ReceivedMessage, find: FindMessage): Promise<ReadMessage> {
  const { message, isEdit } = decodeStored(received.content);
  const housekeeping = housekeepingKind(message);
  if (housekeeping !== undefined) return { type: 'housekeeping', kind: housekeeping };
  const reading = { received, find };
  // An edit says the new text of an old message; taken for a message it would be said twice.
  for (const read of isEdit || message.protocolMessage ? CHANGES : KINDS) {
    const kind = await read(message, reading);
    if (kind) return { type: 'content', ...(await readContext(message, reading)), ...kind };
  }
  return { type: 'content', content: unsupportedContent(isEdit ? 'edit' : kindOf(message)) };
}
