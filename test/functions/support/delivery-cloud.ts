import { DatabaseSync } from 'node:sqlite';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TableKeys } from '#core/resource-names.ts';
import { type AwsService, startAwsServer } from '../../../local/aws/aws-server.ts';
import type { AwsError } from '../../../local/aws/json-protocol.ts';
import { Activity } from '../../../local/clock/activity.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { DynamoService } from '../../../local/dynamodb/dynamo-service.ts';
import { startDynamo } from '../../../local/dynamodb/dynoxide-process.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';
import { StepFunctions } from '../../../local/states/step-functions.ts';
import type { TaskPort } from '../../../local/states/task-port.ts';
import { DEAD_QUEUE, deliveryMachines } from './delivery-machines.ts';

/** What the emulated AWS is to do wrong. */
export interface Faults {
  dynamo?: (action: string, table: string | undefined) => AwsError | undefined;
  /** Step Functions throttles every start. */
  states?: boolean;
}

/** Of both lanes, milliseconds. */
export const VISIBILITY_MS = 180_000;

/** Dead-letter queues of the lanes. */
export const UNREADABLE = { events: 'events-dead.fifo', bulk: 'bulk-dead' } as const;

/** mulberry32 */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** DynamoDB, SQS with both lanes, and Step Functions with the delivery machines of the template, all on one virtual clock. */
export async function startDeliveryCloud(options: {
  readonly startMs: number;
  readonly seed: number;
  readonly tasks: TaskPort;
}) {
  const activity = new Activity();
  const clock = new VirtualClock(options.startMs, () => activity.idle());
  const random = diceOf(options.seed);
  const database = new DatabaseSync(':memory:');
  const dynamoProcess = await startDynamo({});
  const faults: Faults = {};
  const requests = new Map<string, number>();
  const countRequest = (name: string): void => void requests.set(name, (requests.get(name) ?? 0) + 1);
  const dynamoService = new DynamoService({
    endpoint: dynamoProcess.endpoint,
    clock,
    beforeCall: (action, table) => {
      countRequest(`dynamodb:${action} ${table ?? ''}`);
      return faults.dynamo?.(action, table);
    },
  });
  const sqs: SqsService = new SqsService({ clock, database, endpoint: () => server.endpoint });
  const states = new StepFunctions({ clock, database, activity, random, tasks: options.tasks });
  const services = new Map<string, AwsService>([
    ['dynamodb', dynamoService],
    ['sqs', sqs],
    ['states', states],
  ]);
  const defects: unknown[] = [];
  const server = await startAwsServer({
    services,
    onDefect: (error) => defects.push(error),
    now: () => clock.now(),
  });
  const aws = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  /** Lets the clock wait for what a client has under way. */
  const watched = <C extends object>(client: C): C => {
    const { middlewareStack } = client as unknown as Watched;
    middlewareStack.add((next) => (args) => activity.during(next(args)), { step: 'initialize', name: 'activity' });
    return client;
  };
  const dynamo = watched(
    DynamoDBDocumentClient.from(new DynamoDBClient(aws), { marshallOptions: { removeUndefinedValues: true } }),
  );
  const stepFunctions = watched(new SFNClient(aws));
  const sqsClient = watched(new SQSClient(aws));
  for (const [name, keys] of Object.entries(TableKeys)) {
    const names: string[] = Object.values(keys);
    await dynamo.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      }),
    );
  }
  const queue = (QueueName: string, attributes: Record<string, string>) =>
    sqsClient.send(
      new CreateQueueCommand({
        QueueName,
        Attributes: { VisibilityTimeout: String(VISIBILITY_MS / 1000), ...attributes },
      }),
    );
  await queue('events.fifo', {
    FifoQueue: 'true',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  });
  await queue('bulk', {});
  await queue(UNREADABLE.events, { FifoQueue: 'true' });
  await queue(UNREADABLE.bulk, {});
  await queue(DEAD_QUEUE, {});
  const machines = await deliveryMachines();
  for (const [name, { arn, definition }] of Object.entries(machines))
    states.createStateMachine({ name, arn, definition, roleArn: 'arn:role' });

  return {
    activity,
    clock,
    database,
    dynamo,
    endpoint: server.endpoint,
    faults,
    machines,
    random,
    requests,
    countRequest,
    sqs,
    sqsClient,
    states,
    stepFunctions,
    async stop(): Promise<void> {
      states.close();
      sqs.close();
      for (const client of [dynamo, stepFunctions, sqsClient]) client.destroy();
      await server.close();
      await dynamoService.close();
      await dynamoProcess.close();
      database.close();
      if (defects.length > 0) throw new AggregateError(defects, 'The emulator failed.');
    },
  };
}

interface Watched {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<never>) => (args: never) => Promise<never>,
      options: { readonly step: 'initialize'; readonly name: string },
    ): void;
  };
}

export type DeliveryCloud = Awaited<ReturnType<typeof startDeliveryCloud>>;
