import { createHash } from 'node:crypto';
import { decryptPollVote, type proto } from '@whiskeysockets/baileys';
import type { Poll } from '#core/contracts/inbound/unsupported.ts';
import type { KnownMessage, ReceivedMessage } from '../whatsapp-port.ts';
import { referenceOf } from './message-reference.ts';
import type { Reader } from './reading.ts';
import { unsupportedContent } from './unsupported.ts';
import { decodeStored } from './unwrap.ts';

/** A poll that somebody began: unsupported for Meta, with what it asks beside. */
export const readPoll: Reader = (message) => {
  const poll = pollOf(message);
  return poll && { content: { ...unsupportedContent('poll_creation'), poll } };
};

/** A vote, opened with the secret of its poll. One that does not open is told without what it says. */
export const readVote: Reader = async ({ pollUpdateMessage: update }, { received, find }) => {
  const target = referenceOf(update?.pollCreationMessageKey, received);
  if (!update?.vote || !target) return undefined;
  const poll = await find(target);
  const selected = votesOf(update.vote, { poll, received, stanzaId: target.stanzaId });
  const context = { id: poll.wamid, ...(poll.from !== undefined && { from: poll.from }) };
  const content = unsupportedContent('poll_update');
  if (!selected) return { content, context };
  const vote = { message_id: poll.wamid, ...(selected.length > 0 && { selected_options: [...selected] }) };
  return { content: { ...content, poll_update: vote }, context };
};

function pollOf(message: proto.IMessage): Poll | undefined {
  const creation =
    message.pollCreationMessage ??
    message.pollCreationMessageV2 ??
    message.pollCreationMessageV3 ??
    message.pollCreationMessageV5;
  if (!creation) return undefined;
  return {
    question: creation.name ?? '',
    options: (creation.options ?? []).map(({ optionName }) => optionName ?? ''),
    selectable_count: creation.selectableOptionsCount ?? 0,
  };
}

/** The options chosen; undefined when the vote can't be opened. */
function votesOf(
  vote: proto.Message.IPollEncValue,
  about: { readonly poll: KnownMessage; readonly received: ReceivedMessage; readonly stanzaId: string },
): readonly string[] | undefined {
  const { poll, received, stanzaId } = about;
  const stored = poll.content && decodeStored(poll.content);
  const asked = stored && pollOf(stored.message);
  if (!stored?.secret || !asked) return undefined;
  const voters = [received.author, received.authorAlt].filter((jid) => jid !== undefined);
  // Phone number or LID: the voter's client chose one for each; the cipher tells which.
  for (const pollCreatorJid of poll.authors) {
    for (const voterJid of voters) {
      const selected = openVote(vote, { pollCreatorJid, voterJid, pollMsgId: stanzaId, pollEncKey: stored.secret });
      if (selected) return asked.options.filter((option) => selected.has(hashOf(option)));
    }
  }
  return undefined;
}

function openVote(
  vote: proto.Message.IPollEncValue,
  keys: Parameters<typeof decryptPollVote>[1],
): ReadonlySet<string> | undefined {
  try {
    const { selectedOptions } = decryptPollVote(vote, keys);
    return new Set((selectedOptions ?? []).map((hash) => Buffer.from(hash).toString('hex')));
  } catch {
    return undefined;
  }
}

const hashOf = (option: string): string => createHash('sha256').update(option).digest('hex');
