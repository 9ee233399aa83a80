import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OutboundCommand } from '../../contracts/outbound-command.ts';
import { newQuestionId, type RandomBytes } from '../../domain/ids.ts';
import { chatHashOf } from '../../domain/shard.ts';

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
  switch (command.type) {
    case 'message.send':
      return chatHashOf(command.to.type === 'group' ? command.to.groupId : command.to.phone);
    case 'question.pairing_code':
      return 'question';
    case 'session.start':
    case 'session.stop':
    case 'session.logout':
    case 'session.delete':
    case 'endpoints.changed':
      return 'control';
  }
}

/** Start, stop, start within five minutes are three commands, so control commands get an id of their own each time. */
function identityOf(command: OutboundCommand, random: RandomBytes): string {
  switch (command.type) {
    case 'message.send':
      return command.stanzaId;
    case 'question.pairing_code':
      return command.questionId;
    case 'session.start':
    case 'session.stop':
    case 'session.logout':
    case 'session.delete':
    case 'endpoints.changed':
      return newQuestionId(random);
  }
}
