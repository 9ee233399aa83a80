import type { DatabaseSync } from 'node:sqlite';

export const ACCOUNT_ID = '000000000000';

export const PROTOCOLS = ['sqs', 'lambda', 'http', 'https', 'email', 'email-json'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export type Attributes = Readonly<Record<string, string>>;

export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Attributes;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: Protocol;
  /** Queue ARN, function ARN, URL or e-mail address. */
  readonly endpoint: string;
  readonly attributes: Attributes;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS sns_topics (
  arn TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  attributes TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sns_subscriptions (
  arn TEXT PRIMARY KEY,
  topic_arn TEXT NOT NULL,
  protocol TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  attributes TEXT NOT NULL,
  UNIQUE (topic_arn, protocol, endpoint)
) STRICT;
`;

interface Row {
  readonly arn: string;
  readonly topicArn: string;
  readonly name: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly attributes: string;
}

/** Topics and subscriptions, held in memory and written through. */
export class TopicStore {
  readonly #database: DatabaseSync;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(SCHEMA);
    for (const row of database.prepare('SELECT arn, name, attributes FROM sns_topics').all()) {
      const { arn, name, attributes } = row as unknown as Row;
      this.#topics.set(arn, { arn, name, attributes: JSON.parse(attributes) as Attributes });
    }
    const subscriptions = database.prepare(
      'SELECT arn, topic_arn topicArn, protocol, endpoint, attributes FROM sns_subscriptions ORDER BY rowid',
    );
    for (const row of subscriptions.all()) {
      const { arn, topicArn, protocol, endpoint, attributes } = row as unknown as Row;
      const parsed = JSON.parse(attributes) as Attributes;
      this.#subscriptions.set(arn, { arn, topicArn, protocol, endpoint, attributes: parsed });
    }
  }

  topic(arn: string): Topic | undefined {
    return this.#topics.get(arn);
  }

  topics(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  putTopic(topic: Topic): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO sns_topics (arn, name, attributes) VALUES (?, ?, ?)')
      .run(topic.arn, topic.name, JSON.stringify(topic.attributes));
    this.#topics.set(topic.arn, topic);
  }

  removeTopic(arn: string): void {
    for (const subscription of this.subscriptionsOf(arn)) this.removeSubscription(subscription.arn);
    this.#database.prepare('DELETE FROM sns_topics WHERE arn = ?').run(arn);
    this.#topics.delete(arn);
  }

  subscription(arn: string): Subscription | undefined {
    return this.#subscriptions.get(arn);
  }

  /** In the order in which they were made. */
  subscriptionsOf(topicArn: string): Subscription[] {
    return [...this.#subscriptions.values()].filter((subscription) => subscription.topicArn === topicArn);
  }

  putSubscription(subscription: Subscription): void {
    const { arn, topicArn, protocol, endpoint, attributes } = subscription;
    this.#database
      .prepare(
        `INSERT INTO sns_subscriptions (arn, topic_arn, protocol, endpoint, attributes) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (arn) DO UPDATE SET attributes = excluded.attributes`,
      )
      .run(arn, topicArn, protocol, endpoint, JSON.stringify(attributes));
    this.#subscriptions.set(arn, subscription);
  }

  removeSubscription(arn: string): void {
    this.#database.prepare('DELETE FROM sns_subscriptions WHERE arn = ?').run(arn);
    this.#subscriptions.delete(arn);
  }
}
