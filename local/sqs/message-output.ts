import { type MessageAttributes, md5, md5OfAttributes } from './message-attributes-md5.ts';
import type { Queue } from './queue-store.ts';
import type { ReceivedMessage } from './receive.ts';
import { sequenceNumber } from './send.ts';

/** A message as ReceiveMessage returns it. Members that are undefined do not reach the wire. */
export interface SqsMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes: Readonly<Record<string, string>> | undefined;
  readonly MessageAttributes: MessageAttributes | undefined;
  readonly MD5OfMessageAttributes: string | undefined;
}

/** Names that a receive asks for; `All` for all of them, `prefix.*` for those of a prefix (user attributes only). */
export interface WantedAttributes {
  readonly system: readonly string[];
  readonly user: readonly string[];
}

export function receivedMessage(queue: Queue, message: ReceivedMessage, wanted: WantedAttributes): SqsMessage {
  const system = pick(systemAttributes(queue, message), (name) => wanted.system.includes(name), wanted.system);
  const stored = message.attributes === null ? {} : (JSON.parse(message.attributes) as MessageAttributes);
  const user = pick(stored, (name) => wanted.user.some((pattern) => matches(pattern, name)), wanted.user);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: system,
    MessageAttributes: user,
    // AWS digests what it returns, not what was sent.
    MD5OfMessageAttributes: user && md5OfAttributes(user),
  };
}

/** All system attributes of a message; what it does not have is left out. */
function systemAttributes(queue: Queue, message: ReceivedMessage): Record<string, string> {
  const attributes: Record<string, string | null> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: queue.settings.fifo ? sequenceNumber(message.seq) : null,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.sourceArn,
  };
  return Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== null));
}

function pick<V>(
  all: Readonly<Record<string, V>>,
  isWanted: (name: string) => boolean,
  wanted: readonly string[],
): Record<string, V> | undefined {
  const names = Object.keys(all).filter((name) => wanted.includes('All') || isWanted(name));
  return names.length === 0
    ? undefined
    : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : name === pattern;
}
