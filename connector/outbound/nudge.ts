import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/**
 * A message that a poller sends to its own queue to end its long poll. Aborting the request instead would hide what it was
 * about to return until its visibility timeout (D5).
 */
const NUDGE = 'connector.nudge';
const BODY = JSON.stringify({ version: 1, type: NUDGE });

/** @param id unique in five minutes, or the queue takes it for one it has seen */
export async function sendNudge(sqs: SQSClient, queueUrl: string, id: string): Promise<void> {
  const group = `nudge#${id}`;
  const message = { QueueUrl: queueUrl, MessageBody: BODY, MessageGroupId: group, MessageDeduplicationId: group };
  await sqs.send(new SendMessageCommand(message));
}

export const isNudge = (body: string): boolean => body === BODY;
