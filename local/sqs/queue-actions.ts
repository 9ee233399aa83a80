import * as z from 'zod';
import { AwsError, type JsonAction } from '../aws/json-protocol.ts';
import { type ActionContext, authorizeQueue, parseInput, queueAction, queueUrlInput } from './action-input.ts';
import { ACCOUNT_ID, type Queue } from './queue-store.ts';

const attributes = z.record(z.string(), z.string());
const createInput = z.object({ QueueName: z.string(), Attributes: attributes.default({}) });
const queueUrlOfInput = z.object({ QueueName: z.string() });
const getAttributesInput = queueUrlInput.extend({ AttributeNames: z.array(z.string()).default([]) });
const setAttributesInput = queueUrlInput.extend({ Attributes: attributes });
const page = { MaxResults: z.number().int().min(1).max(1000).optional(), NextToken: z.string().optional() };
const listInput = z.object({ QueueNamePrefix: z.string().default(''), ...page });
const listSourcesInput = queueUrlInput.extend(page);

/** Actions on queues as a whole. */
export function queueActions(context: ActionContext): Record<string, JsonAction> {
  const { engine } = context;
  const urlOf = (name: string): string => queueUrl(context, name);
  return {
    CreateQueue: (raw, call) => {
      const input = parseInput(createInput, raw);
      authorizeQueue(context, 'CreateQueue', input.QueueName, call);
      return { QueueUrl: urlOf(engine.createQueue(input.QueueName, input.Attributes).name) };
    },
    GetQueueUrl: (raw, call) => {
      const input = parseInput(queueUrlOfInput, raw);
      authorizeQueue(context, 'GetQueueUrl', input.QueueName, call);
      return { QueueUrl: urlOf(engine.queue(input.QueueName).name) };
    },
    ListQueues: (raw, call) => {
      const input = parseInput(listInput, raw);
      authorizeQueue(context, 'ListQueues', '*', call);
      const queues = engine.state.queues.all().filter((queue) => queue.name.startsWith(input.QueueNamePrefix));
      const { names, next } = pageOf(queues, input);
      return { QueueUrls: names.map(urlOf), ...next };
    },
    ListDeadLetterSourceQueues: queueAction(context, 'ListDeadLetterSourceQueues', listSourcesInput, (queue, input) => {
      const { names, next } = pageOf(engine.state.queues.sourcesOf(queue.arn), input);
      return { queueUrls: names.map(urlOf), ...next };
    }),
    GetQueueAttributes: queueAction(context, 'GetQueueAttributes', getAttributesInput, (queue, input) => {
      const wanted = readAttributes(context, queue, input.AttributeNames);
      return Object.keys(wanted).length === 0 ? {} : { Attributes: wanted };
    }),
    SetQueueAttributes: queueAction(context, 'SetQueueAttributes', setAttributesInput, (queue, input) =>
      engine.setAttributes(queue, input.Attributes),
    ),
    DeleteQueue: queueAction(context, 'DeleteQueue', queueUrlInput, (queue) => engine.deleteQueue(queue)),
    PurgeQueue: queueAction(context, 'PurgeQueue', queueUrlInput, (queue) => engine.purge(queue)),
  };
}

/** Address of a queue, as `Ref` of an `AWS::SQS::Queue` gives it. */
export function queueUrl(context: Pick<ActionContext, 'endpoint'>, name: string): string {
  return `${context.endpoint()}/${ACCOUNT_ID}/${name}`;
}

/** Attributes that are computed, beside the stored ones. */
const COMPUTED = [
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
/** Known to SQS, but only set on some queues. */
const OPTIONAL = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
]);

function readAttributes(context: ActionContext, queue: Queue, names: readonly string[]): Record<string, string> {
  const result: Record<string, string> = {};
  if (names.length === 0) return result;
  const depth = context.engine.depth(queue);
  const all: Record<string, string> = {
    ...queue.attributes,
    QueueArn: queue.arn,
    CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAtMs / 1000)),
    ApproximateNumberOfMessages: String(depth.visible),
    ApproximateNumberOfMessagesNotVisible: String(depth.inFlight),
    ApproximateNumberOfMessagesDelayed: String(depth.delayed),
  } satisfies Record<(typeof COMPUTED)[number], string>;
  if (names.includes('All')) return all;
  for (const name of names) {
    const value = all[name];
    if (value !== undefined) result[name] = value;
    else if (!OPTIONAL.has(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  return result;
}

/** One page of names; a token is the last name of the page before. */
function pageOf(
  queues: readonly Queue[],
  input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
): { names: string[]; next: { NextToken?: string } } {
  const after = input.NextToken ?? '';
  const names = queues.map((queue) => queue.name).filter((name) => name > after);
  const limit = input.MaxResults ?? 1000;
  const last = names[limit - 1];
  return { names: names.slice(0, limit), next: last !== undefined && names.length > limit ? { NextToken: last } : {} };
}
