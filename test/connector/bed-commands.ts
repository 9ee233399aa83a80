import { randomBytes } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import {
  addressIdOf,
  type OutboundCommand,
  type OutboundContent,
  type SendMessageCommand as SendCommand,
} from '#core/contracts/outbound-command.ts';
import type { AnswerRow } from '#core/contracts/rows/answer-row.ts';
import { newQuestionId, newStanzaId, type StanzaId } from '#core/domain/ids.ts';
import { chatHashOf } from '#core/domain/shard.ts';
import { formatWamid, type Wamid } from '#core/domain/wamid.ts';
import type { BedCloud } from './bed-cloud.ts';
import type { Identity } from './bed-sessions.ts';

/** How long the API waits for an answer, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
const LOOK_MS = 50;

/** When a message may leave and when it fails, milliseconds since the epoch. */
type Times = Pick<SendCommand, 'expiresAtMs' | 'notBeforeMs'>;
type Command = Partial<OutboundCommand> & { readonly type: OutboundCommand['type'] };

/** What the API puts on the queue of a session's shard. */
export function makeBedCommands({ sqs, tables, outbound }: Pick<BedCloud, 'sqs' | 'tables' | 'outbound'>) {
  const command = async (identity: Identity, body: Command, group = 'control'): Promise<void> => {
    const { accountId, sessionId, sessionUid, shard } = identity;
    const whole = { version: 1, accountId, sessionId, sessionUid, acceptedAtMs: Date.now(), ...body };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: outbound[shard],
        MessageBody: JSON.stringify(whole),
        MessageGroupId: `${sessionUid}#${group}`,
        MessageDeduplicationId: 'stanzaId' in body ? String(body.stanzaId) : randomBytes(8).toString('hex'),
      }),
    );
  };
  const sendMessage = async (
    identity: Identity,
    to: SendCommand['to'],
    content: OutboundContent,
    more: Partial<SendCommand> = {},
  ): Promise<{ readonly stanzaId: StanzaId; readonly wamid: Wamid }> => {
    const stanzaId = newStanzaId(randomBytes);
    const wamid = formatWamid({ sessionUid: identity.sessionUid, direction: 'out', stanzaId });
    const chat = chatHashOf(addressIdOf(to));
    await command(identity, { type: 'message.send', stanzaId, wamid, to, content, ...more }, chat);
    return { stanzaId, wamid };
  };
  return {
    command,
    /** What POST /messages does, with any content. */
    sendMessage,
    /** What the API does that waits for an answer. @returns the question's id */
    async ask(identity: Identity, question: Command) {
      const questionId = newQuestionId(randomBytes);
      const deadlineMs = Date.now() + ANSWER_WITHIN_MS;
      await command(identity, { ...question, questionId, deadlineMs } as never, 'question');
      return questionId;
    },
    async answer(questionId: string): Promise<AnswerRow['answer']> {
      for (const until = Date.now() + ANSWER_WITHIN_MS; Date.now() < until; ) {
        const { Item } = await tables.send(
          new GetCommand({ TableName: 'answers', Key: { questionId }, ConsistentRead: true }),
        );
        if (Item) return (Item as AnswerRow).answer;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      throw new Error('Nobody answered.');
    },
    /** What POST /messages does. */
    async sendText(identity: Identity, phone: string, body: string, times: Times = {}): Promise<StanzaId> {
      const content = { type: 'text', text: { body, previewUrl: false } } as const;
      const to = { type: 'individual', phone } as const;
      const { stanzaId } = await sendMessage(identity, to, content, { bizOpaqueCallbackData: body, ...times });
      return stanzaId;
    },
  };
}
