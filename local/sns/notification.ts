import type { MessageAttributes } from '../sqs/message-attributes-md5.ts';
import type { Subscription } from './topic-store.ts';

/** A message that a topic has accepted. */
export interface Notification {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  /** The text for a protocol: the same for all, unless it was published with `MessageStructure` = `json`. */
  readonly textFor: (protocol: string) => string;
  readonly attributes: MessageAttributes;
  /** On a standard topic it only makes standard queues fair. */
  readonly groupId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly publishedAtMs: number;
}

/** The emulator signs nothing: there is no certificate that a receiver could fetch. */
const UNSIGNED = 'bm90IHNpZ25lZA==';

/** The JSON that SNS wraps around a message for queues without raw delivery and for HTTP endpoints. */
export function envelope(notification: Notification, subscription: Subscription): string {
  return JSON.stringify({
    Type: 'Notification',
    ...common(notification, subscription),
    SigningCertURL: 'https://sns.invalid/SimpleNotificationService.pem',
    UnsubscribeURL: unsubscribeUrl(subscription),
    ...attributesMember(notification),
  });
}

/** The event that SNS invokes a function with. */
export function lambdaEvent(notification: Notification, subscription: Subscription): object {
  const { MessageAttributes = {} } = attributesMember(notification);
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: 'Notification',
          ...common(notification, subscription),
          Subject: notification.subject ?? null,
          SigningCertUrl: 'https://sns.invalid/SimpleNotificationService.pem',
          UnsubscribeUrl: unsubscribeUrl(subscription),
          MessageAttributes,
        },
      },
    ],
  };
}

function common(notification: Notification, subscription: Subscription) {
  return {
    MessageId: notification.messageId,
    TopicArn: notification.topicArn,
    ...(notification.subject === undefined ? {} : { Subject: notification.subject }),
    Message: notification.textFor(subscription.protocol),
    Timestamp: new Date(notification.publishedAtMs).toISOString(),
    SignatureVersion: '1',
    Signature: UNSIGNED,
  };
}

type EnvelopeAttributes = Record<string, { Type: string; Value: string | undefined }>;

function attributesMember({ attributes }: Notification): { MessageAttributes?: EnvelopeAttributes } {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return {};
  return {
    MessageAttributes: Object.fromEntries(
      entries.map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        { Type: DataType, Value: StringValue ?? BinaryValue },
      ]),
    ),
  };
}

function unsubscribeUrl(subscription: Subscription): string {
  return `https://sns.invalid/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`;
}
