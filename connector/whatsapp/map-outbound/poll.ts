import type { proto } from '@whiskeysockets/baileys';
import type { Content, WireMessage } from './writing.ts';

/** Votes are encrypted with the message's secret, so it has to be in the row. */
export function writePoll({ poll }: Content<'poll'>, contextInfo: proto.IContextInfo | undefined): WireMessage {
  const creation = {
    name: poll.name,
    options: poll.options.map((optionName) => ({ optionName })),
    selectableOptionsCount: poll.selectableCount,
    ...(contextInfo && { contextInfo }),
  };
  // Phones show radio buttons for the third version and boxes to tick for the first.
  const message = poll.selectableCount === 1 ? { pollCreationMessageV3: creation } : { pollCreationMessage: creation };
  return { message, nodes: [{ tag: 'meta', attrs: { polltype: 'creation' } }] };
}
