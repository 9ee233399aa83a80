import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall, AwsService } from '../aws/aws-server.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { queryProtocol } from '../aws/query-protocol.ts';
import { Deliveries, postOverHttp, type SnsEvent, type Ways } from './delivery.ts';
import { parseFilterPolicy } from './filter-policy.ts';
import { checkPublication, invalidParameter, type Publication } from './publish.ts';
import { snsActions } from './sns-actions.ts';
import {
  ACCOUNT_ID,
  type Attributes,
  type Protocol,
  type Subscription,
  type Topic,
  TopicStore,
} from './topic-store.ts';

export interface SnsServiceOptions {
  readonly clock: Clock;
  /** Where topics and subscriptions are kept; its tables begin with `sns_`. */
  readonly database: DatabaseSync;
  /** How messages leave. `post` defaults to HTTP with a time-out of 15 s. */
  readonly ways: Omit<Ways, 'post'> & Partial<Pick<Ways, 'post'>>;
  /** @default us-east-1 */
  readonly region?: string;
  /** Asked before every action. @default everything is allowed */
  readonly authorize?: Authorize;
  /** Ids of messages and subscriptions. @default random UUIDs */
  readonly newId?: () => string;
}

/** A subscription to be made. */
export interface SubscriptionSpec {
  readonly topicArn: string;
  readonly protocol: Protocol;
  /** Queue ARN, function ARN, URL or e-mail address. */
  readonly endpoint: string;
  /** Such as `RawMessageDelivery` and `FilterPolicy`. */
  readonly attributes?: Attributes;
}

const SUBSCRIPTION_ATTRIBUTES = new Set([
  'RawMessageDelivery',
  'FilterPolicy',
  'FilterPolicyScope',
  'DeliveryPolicy',
  'RedrivePolicy',
]);

/**
 * SNS on one machine: standard topics with subscribers behind SQS, Lambda, HTTP and e-mail. Subscriptions count as
 * confirmed at once, because nobody here opens the link that AWS would send.
 */
export class SnsService implements AwsService {
  readonly #clock: Clock;
  readonly #region: string;
  readonly #newId: () => string;
  readonly #store: TopicStore;
  readonly #deliveries: Deliveries;
  readonly #protocol: AwsService;
  readonly #listeners = new Set<(event: SnsEvent) => void>();

  constructor(options: SnsServiceOptions) {
    this.#clock = options.clock;
    this.#region = options.region ?? 'us-east-1';
    this.#newId = options.newId ?? randomUUID;
    this.#store = new TopicStore(options.database);
    const ways = { post: postOverHttp, ...options.ways };
    this.#deliveries = new Deliveries(options.clock, ways, (event) => {
      for (const listener of this.#listeners) listener(event);
    });
    this.#protocol = queryProtocol({
      namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
      actions: snsActions({ sns: this, authorize: options.authorize ?? (() => {}) }),
    });
  }

  handle(request: IncomingMessage, response: ServerResponse, call: AwsCall): Promise<void> {
    return this.#protocol.handle(request, response, call);
  }

  /** Hears of every delivery that succeeded or was given up. Returns how to stop. */
  on(listener: (event: SnsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  topicArn(name: string): string {
    return `arn:aws:sns:${this.#region}:${ACCOUNT_ID}:${name}`;
  }

  /** Creates a topic, or returns the one of that name. @throws AwsError InvalidParameter */
  createTopic(name: string, attributes: Attributes = {}): Topic {
    if (attributes['FifoTopic'] === 'true') throw invalidParameter('FIFO topics do not exist here');
    if (!/^[\w-]{1,256}$/.test(name)) throw invalidParameter('Topic Name');
    const arn = this.topicArn(name);
    const existing = this.#store.topic(arn);
    const topic = { arn, name, attributes: { ...existing?.attributes, ...attributes } };
    this.#store.putTopic(topic);
    return topic;
  }

  /** Deletes a topic with its subscriptions; one that does not exist is no error. */
  deleteTopic(arn: string): void {
    this.#store.removeTopic(arn);
  }

  topics(): Topic[] {
    return this.#store.topics();
  }

  /** @throws AwsError NotFound */
  topic(arn: string): Topic {
    const topic = this.#store.topic(arn);
    if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return topic;
  }

  /** Subscribes an endpoint, or gives its subscription new attributes. @throws AwsError NotFound, InvalidParameter */
  subscribe(spec: SubscriptionSpec): Subscription {
    const { topicArn, protocol, endpoint, attributes = {} } = spec;
    this.topic(topicArn);
    for (const name of Object.keys(attributes)) {
      if (!SUBSCRIPTION_ATTRIBUTES.has(name)) throw invalidParameter(`AttributeName ${name}`);
    }
    if (attributes['FilterPolicy'] !== undefined) parseFilterPolicy(attributes['FilterPolicy']);
    if (attributes['FilterPolicyScope'] === 'MessageBody') {
      throw invalidParameter('FilterPolicyScope: message bodies are not filtered here');
    }
    const existing = this.subscriptions(topicArn).find(
      (subscription) => subscription.protocol === protocol && subscription.endpoint === endpoint,
    );
    const subscription = {
      arn: existing?.arn ?? `${topicArn}:${this.#newId()}`,
      topicArn,
      protocol,
      endpoint,
      attributes,
    };
    this.#store.putSubscription(subscription);
    return subscription;
  }

  /** One that does not exist is no error, as in AWS. */
  unsubscribe(arn: string): void {
    this.#store.removeSubscription(arn);
  }

  /** @throws AwsError NotFound */
  subscriptions(topicArn: string): Subscription[] {
    return this.#store.subscriptionsOf(this.topic(topicArn).arn);
  }

  /**
   * Publishes to all subscribers and returns the message id. Queues have the message by then; the others follow.
   * @throws AwsError NotFound, InvalidParameter, ParameterValueInvalid
   */
  publish(topicArn: string, publication: Publication): string {
    const subscriptions = this.subscriptions(topicArn);
    const textFor = checkPublication(publication);
    const messageId = this.#newId();
    const notification = {
      messageId,
      topicArn,
      subject: publication.subject,
      textFor,
      attributes: publication.attributes ?? {},
      groupId: publication.groupId,
      publishedAtMs: this.#clock.now(),
    };
    for (const subscription of subscriptions) this.#deliveries.start(notification, subscription);
    return messageId;
  }

  /** Gives up what waits for a repetition; the database stays the caller's. */
  close(): void {
    this.#deliveries.close();
  }
}
