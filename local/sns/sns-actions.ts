import * as z from 'zod';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall } from '../aws/aws-server.ts';
import { AwsError } from '../aws/json-protocol.ts';
import type { QueryAction, QueryInput, QueryOutput } from '../aws/query-protocol.ts';
import {
  invalidParameter,
  MAX_PUBLISH_BYTES,
  messageAttributes,
  type Publication,
  publicationBytes,
} from './publish.ts';
import type { SnsService } from './sns-service.ts';
import { ACCOUNT_ID, PROTOCOLS, type Subscription } from './topic-store.ts';

export interface SnsActionContext {
  readonly sns: SnsService;
  readonly authorize: Authorize;
}

/** SNS quota. */
const MAX_ENTRIES = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

const attributes = z.record(z.string(), z.string()).default({});
const topicInput = z.object({ TopicArn: z.string() });
const createInput = z.object({ Name: z.string(), Attributes: attributes });
const subscribeInput = topicInput.extend({
  Protocol: z.enum(PROTOCOLS),
  Endpoint: z.string(),
  Attributes: attributes,
});
const unsubscribeInput = z.object({ SubscriptionArn: z.string() });
const messageMembers = {
  Message: z.string().default(''),
  Subject: z.string().optional(),
  MessageStructure: z.string().optional(),
  MessageAttributes: messageAttributes.optional(),
  MessageGroupId: z.string().optional(),
};
const publishInput = z.object({ TopicArn: z.string().optional(), TargetArn: z.string().optional(), ...messageMembers });
const batchInput = topicInput.extend({
  PublishBatchRequestEntries: z.array(z.object({ Id: z.string(), ...messageMembers })).default([]),
});

/** The actions of SNS that Pombo, its stack and its tests use. */
export function snsActions(context: SnsActionContext): Record<string, QueryAction> {
  return { ...topicActions(context), ...subscriptionActions(context), ...publishActions(context) };
}

function topicActions(context: SnsActionContext): Record<string, QueryAction> {
  const { sns } = context;
  return {
    CreateTopic: on(context, 'CreateTopic', createInput, (input, allow) => {
      allow(sns.topicArn(input.Name));
      return { TopicArn: sns.createTopic(input.Name, input.Attributes).arn };
    }),
    DeleteTopic: on(context, 'DeleteTopic', topicInput, (input, allow) => {
      allow(input.TopicArn);
      sns.deleteTopic(input.TopicArn);
      return undefined;
    }),
    ListTopics: on(context, 'ListTopics', z.object({}), (_, allow) => {
      allow(sns.topicArn('*'));
      return { Topics: sns.topics().map(({ arn }) => ({ TopicArn: arn })) };
    }),
    GetTopicAttributes: on(context, 'GetTopicAttributes', topicInput, (input, allow) => {
      allow(input.TopicArn);
      const topic = sns.topic(input.TopicArn);
      const computed = {
        TopicArn: topic.arn,
        Owner: ACCOUNT_ID,
        DisplayName: '',
        SubscriptionsConfirmed: String(sns.subscriptions(topic.arn).length),
        SubscriptionsPending: '0',
        SubscriptionsDeleted: '0',
      };
      return { Attributes: new Map(Object.entries({ ...computed, ...topic.attributes })) };
    }),
  };
}

function subscriptionActions(context: SnsActionContext): Record<string, QueryAction> {
  const { sns } = context;
  return {
    Subscribe: on(context, 'Subscribe', subscribeInput, (input, allow) => {
      allow(input.TopicArn);
      const { TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint, Attributes } = input;
      return { SubscriptionArn: sns.subscribe({ topicArn, protocol, endpoint, attributes: Attributes }).arn };
    }),
    Unsubscribe: on(context, 'Unsubscribe', unsubscribeInput, (input, allow) => {
      allow(input.SubscriptionArn);
      sns.unsubscribe(input.SubscriptionArn);
      return undefined;
    }),
    ListSubscriptionsByTopic: on(context, 'ListSubscriptionsByTopic', topicInput, (input, allow) => {
      allow(input.TopicArn);
      return { Subscriptions: sns.subscriptions(input.TopicArn).map(subscriptionOutput) };
    }),
  };
}

function publishActions(context: SnsActionContext): Record<string, QueryAction> {
  const { sns } = context;
  return {
    Publish: on(context, 'Publish', publishInput, (input, allow) => {
      const topicArn = input.TopicArn ?? input.TargetArn;
      if (topicArn === undefined)
        throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
      allow(topicArn);
      return { MessageId: sns.publish(topicArn, publicationOf(input)) };
    }),
    PublishBatch: on(context, 'Publish', batchInput, (input, allow) => {
      allow(input.TopicArn);
      return publishBatch(sns, input);
    }),
  };
}

/** @param permission IAM action without its prefix; `run` asks for it with the ARN that it acts on */
function on<Schema extends z.ZodType>(
  context: SnsActionContext,
  permission: string,
  schema: Schema,
  run: (input: z.output<Schema>, allow: (arn: string) => void) => QueryOutput,
): QueryAction {
  return (raw: QueryInput, { accessKeyId }: AwsCall) => {
    const action = `sns:${permission}`;
    return run(parse(schema, raw), (resource) => context.authorize({ accessKeyId, action, resource }));
  };
}

function publicationOf(input: Omit<z.output<typeof publishInput>, 'TopicArn' | 'TargetArn'>): Publication {
  return {
    message: input.Message,
    subject: input.Subject,
    messageStructure: input.MessageStructure,
    attributes: input.MessageAttributes,
    groupId: input.MessageGroupId,
  };
}

function publishBatch(sns: SnsService, input: z.output<typeof batchInput>): QueryOutput {
  const entries = input.PublishBatchRequestEntries;
  sns.topic(input.TopicArn);
  checkEntries(entries);
  const bytes = entries.reduce((sum, entry) => sum + publicationBytes(publicationOf(entry)), 0);
  if (bytes > MAX_PUBLISH_BYTES) {
    const message = 'The length of all the batch messages put together is more than the limit.';
    throw new AwsError('BatchRequestTooLong', message);
  }
  const successful: QueryOutput[] = [];
  const failed: QueryOutput[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, MessageId: sns.publish(input.TopicArn, publicationOf(entry)) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: error.status < 500 });
    }
  }
  return { Successful: successful, Failed: failed };
}

function checkEntries(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');
  }
  if (entries.some(({ Id }) => !ENTRY_ID.test(Id))) {
    throw new AwsError(
      'InvalidBatchEntryId',
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
}

function subscriptionOutput(subscription: Subscription): QueryOutput {
  return {
    SubscriptionArn: subscription.arn,
    Owner: ACCOUNT_ID,
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    TopicArn: subscription.topicArn,
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidParameter(`${issue?.path.join('.') ?? ''} Reason: ${issue?.message ?? ''}`);
}
