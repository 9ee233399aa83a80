import type { InboundContent } from '#core/contracts/event.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import { keepTrying, type Persistence } from '../keep-trying.ts';
import type { InboundRow, OutboundRow } from '../messages/message-row.ts';
import type { MessageTable } from '../messages/message-table.ts';
import type { FindMessage, ReadContent, ReadMessage } from '../whatsapp/whatsapp-port.ts';
import { type Choice, type Choices, choiceOf } from './choices.ts';
import type { Offers } from './offers.ts';

export interface AnswersOptions {
  readonly sessionUid: SessionUid;
  readonly offers: Offers;
  readonly table: Pick<MessageTable, 'outbound' | 'replaceInbound'>;
  /** Own number, digits. */
  readonly ownNumber: () => string;
  readonly persistence: Persistence;
}

type Read = (row: InboundRow, find: FindMessage) => Promise<ReadMessage>;
type OutboundWithChoices = OutboundRow & { readonly choices: Choices };

/**
 * Reads messages with `read`, and tells a number or a title that somebody typed as the button or the row that they chose (`choiceOf`): in
 * answer to the message that offered it, or as the first text after that in a private chat. A tap on a template's button becomes Meta's
 * kind `button`.
 */
export function withAnswers(read: Read, options: AnswersOptions): Read {
  const { offers, persistence } = options;
  return async (row, find) => {
    const message = await read(row, find);
    if (message.type !== 'content' || row.fromMe) return message;
    if (message.content.type === 'interactive') return (await tapOf(message, options)) ?? message;
    if (message.content.type !== 'text') return message;
    const { body } = message.content.text;
    const quoted = message.context && (await offered(stanzaOf(message.context.id), options));
    const quotedChoice = quoted && choiceOf(body, quoted.choices);
    if (quoted && quotedChoice) return answered(message, quoted, quotedChoice, options);
    const chosen = row.answers === undefined ? await claim(row, message, options) : row.answers;
    const asked = await offered(chosen, options);
    const choice = asked && choiceOf(body, asked.choices);
    return asked && choice ? answered(message, asked, choice, options) : message;
  };

  /** Closes the chat's offer with this text. @returns stanza id of the offer that it answers, noted in the row first */
  async function claim(row: InboundRow, message: ReadContent, { table }: AnswersOptions): Promise<string | undefined> {
    return keepTrying(persistence, async () => {
      const offer = await offers.openFor(row);
      if (!offer) return undefined;
      const asked = await offered(offer.stanzaId, options);
      const body = message.content.type === 'text' ? message.content.text.body : '';
      // What answers another message is no answer to this one, but the next text all the same.
      const isAnswer = asked && !message.context && choiceOf(body, asked.choices);
      if (isAnswer) await table.replaceInbound({ ...row, answers: offer.stanzaId });
      await offers.close(offer);
      return isAnswer ? offer.stanzaId : undefined;
    });
  }
}

const stanzaOf = (wamid: string): string | undefined => {
  const parts = parseWamid(wamid);
  return parts?.direction === 'out' ? parts.stanzaId : undefined;
};

/** A message of ours with choices. */
async function offered(
  stanzaId: string | undefined,
  { table, persistence, sessionUid }: AnswersOptions,
): Promise<OutboundWithChoices | undefined> {
  if (stanzaId === undefined) return undefined;
  const row = await keepTrying(persistence, () => table.outbound(sessionUid, stanzaId));
  return row?.choices && { ...row, choices: row.choices };
}

async function tapOf(message: ReadContent, options: AnswersOptions): Promise<ReadContent | undefined> {
  const tapped = message.content.type === 'interactive' ? message.content.interactive : undefined;
  if (tapped?.type !== 'button_reply' || !message.context) return undefined;
  const row = await offered(stanzaOf(message.context.id), options);
  if (row?.choices.answerAs !== 'button') return undefined;
  const { id: payload, title: text } = tapped.button_reply;
  return { ...message, content: { type: 'button', button: { payload, text } } };
}

function answered(
  message: ReadContent,
  { wamid, choices }: OutboundWithChoices,
  choice: Choice,
  { ownNumber }: AnswersOptions,
): ReadContent {
  return { ...message, content: contentOf(choices, choice), context: { id: wamid, from: ownNumber() } };
}

function contentOf({ type, answerAs }: Choices, { id, title, description }: Choice): InboundContent {
  if (answerAs === 'button') return { type: 'button', button: { payload: id, text: title } };
  if (type === 'button') {
    return { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id, title } } };
  }
  const list_reply = { id, title, ...(description !== undefined && { description }) };
  return { type: 'interactive', interactive: { type: 'list_reply', list_reply } };
}
