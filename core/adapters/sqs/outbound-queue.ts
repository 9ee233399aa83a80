import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OutboundCommand } from '../../contracts/outbound-command.ts';
import { newQuestionId, type RandomBytes } from '../../domain/ids.ts';
import { outboundChatOf } from '../../domain/outbound-chat.ts';

/** The way from the API to the connector: one FIFO queue per shard. */
export interface OutboundQueue {
  /** Number of shards that there are queues for. */
  readonly shards: number;
  /** Resolves when SQS has the command. @throws Error for a shard without a queue */
  send(shard: number, command: OutboundCommand): Promise<void>;
}

export function makeOutboundQueue(options: {
  readonly sqs: SQSClient;
  /** In shard order. */
  readonly queueUrls: readonly string[];
  readonly random: RandomBytes;
}): OutboundQueue {
  const { sqs, queueUrls, random } = options;
  return {
    shards: queueUrls.length,
    async send(shard, command) {
      const QueueUrl = queueUrls[shard];
      if (!QueueUrl) throw new Error(`shard ${shard} has no queue; the deployment has ${queueUrls.length}`);
      await sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: JSON.stringify(command),
          MessageGroupId: `${command.sessionUid}#${laneOf(command)}`,
          MessageDeduplicationId: identityOf(command, random),
        }),
      );
    },
  };
}

/** Order holds within a chat, among control commands and among questions, and nowhere else. */
function laneOf(command: OutboundCommand): string {
  if ('questionId' in command) return 'question';
  switch (command.type) {
    case 'message.send':
      return outboundChatOf(command.to);
    case 'message.read':
      return 'read';
    case 'session.start':
    case 'session.stop':
    case 'session.logout':
    case 'session.delete':
    case 'session.reconnect':
    case 'endpoints.changed':
      return 'control';
    case 'messages.replay':
      return 'replay';
    case 'media.ask':
      return 'media';
  }
}

/** Start, stop, start within five minutes are three commands, so control commands get an id of their own each time. */
function identityOf(command: OutboundCommand, random: RandomBytes): string {
  if ('questionId' in command) return command.questionId;
  switch (command.type) {
    case 'message.send':
      return command.stanzaId;
    case 'session.start':
    case 'session.stop':
    case 'session.logout':
    case 'session.delete':
    case 'session.reconnect':
    case 'endpoints.changed':
    case 'messages.replay':
    case 'message.read':
    case 'media.ask':
      return newQuestionId(random);
  }
}
