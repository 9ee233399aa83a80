import type { SFNClient } from '@aws-sdk/client-sfn';
import { makeBacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { makeDeliveryLookup } from '#core/adapters/dynamodb/delivery-lookup.ts';
import { makeDeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeEndpointStateRepository } from '#core/adapters/dynamodb/endpoint-state-repository.ts';
import { makeTokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { GuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { noDeliveryMonitor } from '#core/domain/monitoring.ts';
import type { Notice } from '#core/domain/notice.ts';
import { WebhookSecretSchema } from '#core/domain/webhook-secret.ts';
import { makeComeBack } from '../../../functions/deliver/come-back.ts';
import { makeUnreadableQueue } from '../../../functions/deliver/unreadable-queue.ts';
import { makeEndpointCache } from '../../../functions/shared/delivery/endpoint-cache.ts';
import { makeEndpointVitals } from '../../../functions/shared/delivery/endpoint-vitals.ts';
import { makeExecutions } from '../../../functions/shared/delivery/executions.ts';
import { type DeliveryCloud, UNREADABLE } from './delivery-cloud.ts';
import { DEAD_QUEUE } from './delivery-machines.ts';

const SECRET = WebhookSecretSchema.parse(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);

/** A process that may be killed before or after any call that it makes: what it does after that never happens. */
export class Life {
  #stepsLeft: number;
  readonly died: Promise<never>;
  #die: (error: Error) => void = () => undefined;

  constructor(stepsLeft = Number.POSITIVE_INFINITY) {
    this.#stepsLeft = stepsLeft;
    this.died = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.died.catch(() => undefined);
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    await this.#step();
    const result = await work();
    await this.#step();
    return result;
  }

  #step(): Promise<void> {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft > 0) return Promise.resolve();
    this.#die(new Error('killed'));
    return new Promise(() => undefined);
  }
}

interface Sender {
  send(command: never): Promise<never>;
}
/** A client whose calls are steps of a life. */
const living = <C extends object>(client: C, life: Life): C => {
  const sender = client as unknown as Sender;
  const own = { send: (command: never) => life.during(() => sender.send(command)) };
  return own as unknown as C;
};

/** What one container of a function has in memory: its clients, its caches, what it knows. */
export function makeContainer(
  cloud: DeliveryCloud,
  outside: { readonly http: GuardedHttpClient; readonly notices: Notice[] },
  life = new Life(),
) {
  const { clock, countRequest, faults, machines, random } = cloud;
  const urlOf = (queue: string): string => `${cloud.endpoint}/000000000000/${queue}`;
  const dynamo = living(cloud.dynamo, life);
  const table = (tableName: string) => ({ dynamo, tableName, clock });
  const states = makeEndpointStateRepository(table('endpointStates'));
  const endpoints = makeEndpointRepository({ dynamo, tableName: 'endpoints' });
  const stepFunctions = {
    send: (command: never) => {
      countRequest('states:StartExecution');
      if (!faults.states) return living(cloud.stepFunctions, life).send(command);
      return Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }));
    },
  };
  return {
    clock,
    random,
    version: '0.0.0',
    http: {
      ...outside.http,
      post: (request: Parameters<GuardedHttpClient['post']>[0]) => life.during(() => outside.http.post(request)),
    },
    endpoints,
    states,
    deliveries: makeDeliveryRepository(table('deliveries')),
    backlog: makeBacklogRepository(table('backlog')),
    buckets: makeTokenBuckets(table('limits')),
    lookup: makeDeliveryLookup({
      dynamo,
      clock,
      deliveriesTable: 'deliveries',
      backlogTable: 'backlog',
      endpointStatesTable: 'endpointStates',
    }),
    cache: makeEndpointCache({
      endpoints,
      secrets: { decrypt: () => Promise.resolve(SECRET), decryptHeaders: () => Promise.resolve({}) },
      clock,
    }),
    vitals: makeEndpointVitals({ states, clock }),
    executions: makeExecutions({
      stepFunctions: stepFunctions as unknown as SFNClient,
      retryMachineArn: machines.retry.arn,
      recoveryMachineArn: machines.recovery.arn,
    }),
    monitor: noDeliveryMonitor,
    sqs: living(cloud.sqsClient, life),
    unreadable: makeUnreadableQueue({
      sqs: living(cloud.sqsClient, life),
      queueUrls: { events: urlOf(UNREADABLE.events), bulk: urlOf(UNREADABLE.bulk) },
    }),
    comeBack: makeComeBack({
      sqs: living(cloud.sqsClient, life),
      queueUrls: { events: urlOf('events.fifo'), bulk: urlOf('bulk') },
    }),
    deadDeliveriesQueueUrl: urlOf(DEAD_QUEUE),
    notices: {
      tell: (notice: Notice): Promise<void> => {
        outside.notices.push(notice);
        return Promise.resolve();
      },
    },
  };
}
