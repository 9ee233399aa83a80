import { type Clock, sleep } from '#core/domain/clock.ts';
import type { MessageAttributes } from '../sqs/message-attributes-md5.ts';
import { parseFilterPolicy, passesFilter } from './filter-policy.ts';
import { envelope, lambdaEvent, type Notification } from './notification.ts';
import type { Subscription } from './topic-store.ts';

/** A message for a queue. */
interface QueueDelivery {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly groupId: string | undefined;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface HttpPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The ways out of SNS; the runner passes them in. A way that throws or rejects has failed. */
export interface Ways {
  readonly toQueue: (queueArn: string, delivery: QueueDelivery) => void;
  readonly toFunction: (functionArn: string, event: object) => Promise<void>;
  readonly toMailbox: (mail: Mail) => void;
  /** Returns the status. */
  readonly post: (request: HttpPost) => Promise<number>;
}

/** What became of a message for one subscription. */
export interface SnsEvent {
  readonly type: 'delivered' | 'failed';
  readonly topicArn: string;
  readonly subscriptionArn: string;
  readonly messageId: string;
  /** Why it failed. */
  readonly reason?: string;
}

/** First attempt and two repetitions, as far apart as SNS's default delivery policy for HTTP has them. */
const HTTP_ATTEMPTS = 3;
const HTTP_RETRY_MS = 20_000;
const DEFAULT_SUBJECT = 'AWS Notification Message';

/** Hands accepted messages to their subscribers. What waits for a repetition is lost when the process ends. */
export class Deliveries {
  readonly #clock: Clock;
  readonly #ways: Ways;
  readonly #tell: (event: SnsEvent) => void;
  readonly #closed = new AbortController();

  constructor(clock: Clock, ways: Ways, tell: (event: SnsEvent) => void) {
    this.#clock = clock;
    this.#ways = ways;
    this.#tell = tell;
  }

  /** Starts the delivery to one subscriber; queues have the message when it returns. Never throws. */
  start(notification: Notification, subscription: Subscription): void {
    const policy = subscription.attributes['FilterPolicy'];
    if (policy !== undefined && !passesFilter(parseFilterPolicy(policy), notification.attributes)) return;
    const { messageId } = notification;
    const subject = { topicArn: subscription.topicArn, subscriptionArn: subscription.arn, messageId };
    this.#deliver(notification, subscription).then(
      () => this.#tell({ type: 'delivered', ...subject }),
      (error: unknown) => this.#tell({ type: 'failed', ...subject, reason: String(error) }),
    );
  }

  /** Gives up what waits for a repetition. */
  close(): void {
    this.#closed.abort();
  }

  async #deliver(notification: Notification, subscription: Subscription): Promise<void> {
    const { protocol, endpoint } = subscription;
    switch (protocol) {
      case 'sqs':
        return this.#ways.toQueue(endpoint, queueDelivery(notification, subscription));
      case 'lambda':
        return this.#ways.toFunction(endpoint, lambdaEvent(notification, subscription));
      case 'http':
      case 'https':
        return this.#post(httpPost(notification, subscription));
      case 'email':
      case 'email-json': {
        const text = protocol === 'email' ? notification.textFor('email') : envelope(notification, subscription);
        return this.#ways.toMailbox({ to: endpoint, subject: notification.subject ?? DEFAULT_SUBJECT, text });
      }
    }
  }

  async #post(request: HttpPost): Promise<void> {
    let failure = '';
    for (let attempt = 1; attempt <= HTTP_ATTEMPTS; attempt++) {
      if (attempt > 1) await sleep(this.#clock, HTTP_RETRY_MS, this.#closed.signal);
      if (this.#closed.signal.aborted) break;
      try {
        const status = await this.#ways.post(request);
        if (status >= 200 && status < 300) return;
        failure = `HTTP status ${status}`;
      } catch (error) {
        failure = String(error);
      }
    }
    throw new Error(`${request.url}: ${failure}`);
  }
}

function isRaw(subscription: Subscription): boolean {
  return subscription.attributes['RawMessageDelivery'] === 'true';
}

function queueDelivery(notification: Notification, subscription: Subscription): QueueDelivery {
  const { groupId, attributes } = notification;
  return isRaw(subscription)
    ? { body: notification.textFor('sqs'), attributes, groupId }
    : { body: envelope(notification, subscription), attributes: {}, groupId };
}

function httpPost(notification: Notification, subscription: Subscription): HttpPost {
  const raw = isRaw(subscription);
  return {
    url: subscription.endpoint,
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': notification.messageId,
      'x-amz-sns-topic-arn': notification.topicArn,
      'x-amz-sns-subscription-arn': subscription.arn,
      ...(raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
    },
    body: raw ? notification.textFor(subscription.protocol) : envelope(notification, subscription),
  };
}

/** SNS waits 15 s for an HTTP endpoint and does not follow redirects. */
export async function postOverHttp(request: HttpPost): Promise<number> {
  const response = await fetch(request.url, {
    method: 'POST',
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
    signal: AbortSignal.timeout(15_000),
  });
  await response.body?.cancel();
  return response.status;
}
