import {
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { DeadDeliverySchema } from '../../core/contracts/rows/delivery-row.ts';
import { type Target, UsageError } from '../keys/target.ts';

/** Queues of what could not be done, by the name that commands know them by. */
const QUEUES = {
  events: { output: 'EventsDeadLetters', holds: 'messages that our code could not deliver', redrivable: true },
  bulk: { output: 'BulkDeadLetters', holds: 'statuses and session changes of that kind', redrivable: true },
  outbound: { output: 'OutboundDeadLetters', holds: 'commands that the connector could not finish', redrivable: true },
  deliveries: {
    output: 'DeadDeliveries',
    holds: 'events of 14 days that receivers did not take, sent again since or not',
    redrivable: false,
  },
} as const;
type QueueName = keyof typeof QUEUES;

export const DEAD_LETTERS_USAGE = `npm run pombo -- dead-letters <command> [--data <folder> | --stack <name>]

  list                    how many wait in each queue, and why
  show <queue> [--body]   the oldest ten: ids and times; with --body their content, which is your customers'
  redrive <queue>         puts all of them back where they came from: events, bulk or outbound

Queues: ${Object.entries(QUEUES)
  .map(([name, { holds }]) => `${name} (${holds})`)
  .join(', ')}.`;

const PEEKED = 10;

/** Runs one command. @returns what the operator reads. @throws UsageError for a wrong command */
export async function deadLetters(
  target: Pick<Target, 'aws' | 'outputs'>,
  words: readonly string[],
  options: { readonly body: boolean },
): Promise<string> {
  const [verb, name] = words;
  const sqs = new SQSClient(target.aws);
  try {
    if (verb === 'list') return await list(sqs, target);
    const queue = queueOf(name);
    if (verb === 'show' && queue) return await show(sqs, urlOf(target, queue), options.body);
    if (verb === 'redrive' && queue) return await redrive(sqs, target, queue);
    throw new UsageError(DEAD_LETTERS_USAGE);
  } finally {
    sqs.destroy();
  }
}

const queueOf = (name: string | undefined): QueueName | undefined =>
  name !== undefined && Object.hasOwn(QUEUES, name) ? (name as QueueName) : undefined;

function urlOf({ outputs }: Pick<Target, 'outputs'>, name: QueueName): string {
  const url = outputs[QUEUES[name].output];
  if (url === undefined) throw new UsageError(`The stack has no output ${QUEUES[name].output}. Is it of this release?`);
  return url;
}

async function list(sqs: SQSClient, target: Pick<Target, 'outputs'>): Promise<string> {
  const names = (Object.keys(QUEUES) as QueueName[]).filter(
    (name) => target.outputs[QUEUES[name].output] !== undefined,
  );
  const rows = await Promise.all(
    names.map(async (name) => {
      const { waiting } = await attributesOf(sqs, urlOf(target, name));
      return `${name.padEnd(10)}  ${String(waiting).padStart(6)}  ${QUEUES[name].holds}`;
    }),
  );
  const dead = target.outputs[QUEUES.deliveries.output];
  const reasons = dead === undefined ? [] : await deadReasons(sqs, dead);
  return [
    ...rows,
    ...(reasons.length > 0 ? ['', 'Dead deliveries, of the oldest ten:', ...reasons] : []),
    '',
    'Put back what our own faults stopped:   npm run pombo -- dead-letters redrive events|bulk|outbound',
    'Send again what receivers did not take:  POST /replays {"statuses":["dead"]} with the key of the account',
  ].join('\n');
}

/** What was given up, counted by endpoint and reason. */
async function deadReasons(sqs: SQSClient, url: string): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  for (const { Body = '' } of await peek(sqs, url)) {
    const pointer = DeadDeliverySchema.safeParse(jsonOf(Body)).data;
    const key = pointer ? `${pointer.endpointDay.replace('#', '  ')}  ${pointer.reason}` : 'not readable';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `  ${count} x  ${key}`);
}

async function show(sqs: SQSClient, url: string, withBody: boolean): Promise<string> {
  const messages = await peek(sqs, url);
  if (messages.length === 0) return 'It is empty.';
  return messages.map((message) => shown(message, withBody)).join('\n');
}

const IdsSchema = z.looseObject({
  type: z.string().optional(),
  wamid: z.string().optional(),
  sessionUid: z.string().optional(),
  endpointId: z.string().optional(),
  endpointDay: z.string().optional(),
  occurred: z.string().optional(),
  reason: z.string().optional(),
  event: z.looseObject({ type: z.string(), eventId: z.string(), wamid: z.string().optional() }).optional(),
});

/** Ids only: the rest is content of customers. */
function shown(message: Message, withBody: boolean): string {
  const { Body = '', Attributes } = message;
  const sent = new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString();
  const line = Object.entries(factsOf(message))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  return withBody ? `${sent}  ${line}\n${Body}` : `${sent}  ${line}`;
}

function factsOf({ Body = '', MessageAttributes, MessageId }: Message): Readonly<Record<string, string | undefined>> {
  // The deliver function says why it could not read one.
  const why = MessageAttributes?.['reason']?.StringValue;
  const ids = IdsSchema.safeParse(jsonOf(Body)).data;
  if (!ids) return { queueMessageId: MessageId, problem: 'no JSON', reason: why };
  return {
    type: ids.event?.type ?? ids.type,
    eventId: ids.event?.eventId ?? ids.occurred?.split('#')[1],
    messageId: ids.event?.wamid ?? ids.wamid,
    endpointId: ids.endpointId ?? ids.endpointDay,
    sessionUid: ids.sessionUid,
    reason: ids.reason ?? why,
  };
}

async function redrive(sqs: SQSClient, target: Pick<Target, 'outputs'>, name: QueueName): Promise<string> {
  if (!QUEUES[name].redrivable)
    throw new UsageError(
      'Receivers did not take these. Send them again with POST /replays, which keeps order and pace.',
    );
  const { waiting, arn } = await attributesOf(sqs, urlOf(target, name));
  if (waiting === 0) return `Nothing waits in ${name}.`;
  const DestinationArn = await onlySourceOf(sqs, urlOf(target, name));
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn, ...(DestinationArn && { DestinationArn }) }));
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 }));
  return `About ${waiting} go back to where they came from (${Results[0]?.Status ?? 'RUNNING'}). Receivers know what they have had by its webhook-id, recipients by its stanza id.`;
}

/** SQS does not know where something came from that was put there by hand, as unreadable events are: it has to be told. */
async function onlySourceOf(sqs: SQSClient, QueueUrl: string): Promise<string | undefined> {
  const { queueUrls = [] } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
  const [source, ...others] = queueUrls;
  return source === undefined || others.length > 0 ? undefined : (await attributesOf(sqs, source)).arn;
}

async function attributesOf(sqs: SQSClient, QueueUrl: string) {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages', 'QueueArn'] }),
  );
  return { waiting: Number(Attributes?.ApproximateNumberOfMessages ?? 0), arn: Attributes?.QueueArn ?? '' };
}

/** Looks at messages and leaves them where they are. */
async function peek(sqs: SQSClient, QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: PEEKED,
      // Looking takes nothing away: whoever looks next sees them too.
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['SentTimestamp'],
      MessageAttributeNames: ['reason'],
    }),
  );
  return Messages;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
