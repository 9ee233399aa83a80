import type { SQSEvent } from 'aws-lambda';
import { deliveryKeyOf } from '#core/adapters/dynamodb/delivery-repository.ts';
import type { GuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { RequestFailed } from '#core/adapters/http/request-failed.ts';
import { DeadTaskSchema, RecoveryTaskSchema, RetryTaskSchema } from '#core/contracts/delivery-task.ts';
import { type EventDelivery, EventDeliverySchema } from '#core/contracts/event.ts';
import type { EndpointRow } from '#core/contracts/rows/endpoint-row.ts';
import { sleep } from '#core/domain/clock.ts';
import { orderingOf } from '#core/domain/delivery/backlog-keys.ts';
import { AccountIdSchema, EndpointIdSchema } from '#core/domain/ids.ts';
import type { Notice } from '#core/domain/notice.ts';
import { makeEndpointRate } from '../../../functions/deliver/endpoint-rate.ts';
import { makeDeliver } from '../../../functions/deliver/make-deliver.ts';
import { finalizeDelivery } from '../../../functions/finalize-delivery/finalize-delivery.ts';
import { recoverEndpoint } from '../../../functions/recover-endpoint/recover-endpoint.ts';
import { retryDelivery } from '../../../functions/retry-delivery/retry-delivery.ts';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { HeldMessages } from '../../../local/event-sources/held-messages.ts';
import { SqsEventSource } from '../../../local/event-sources/sqs-event-source.ts';
import type { InvocationResult } from '../../../local/lambda/function-definition.ts';
import type { Json } from '../../../local/states/json.ts';
import { StatesError } from '../../../local/states/states-error.ts';
import type { TaskCall } from '../../../local/states/task-port.ts';
import { startDeliveryCloud, VISIBILITY_MS } from './delivery-cloud.ts';
import { Life, makeContainer } from './delivery-container.ts';
import { DEAD_QUEUE, functionArn } from './delivery-machines.ts';

/** One POST as the receiver sees it. */
export interface Arrival {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `webhook-id` */
  readonly id: string;
  readonly atMs: number;
}

/** What a receiver does with a POST; @default 200 after 50 ms */
export interface Reaction {
  readonly status?: number;
  readonly afterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly failure?: ConstructorParameters<typeof RequestFailed>[0];
}

export type Receiver = (arrival: Arrival) => Reaction;

export interface BedOptions {
  readonly startMs?: number;
  /** Batches in flight in each lane. @default 3 */
  readonly concurrency?: number;
  readonly seed?: number;
}

const QUICK_MS = 50;
const DELIVER_MS = 30_000;
const RETRY_MS = 60_000;
const RECOVER_MS = 660_000;
export const ACCOUNT = AccountIdSchema.parse('123456789012345678');

/**
 * The delivery engine on a virtual clock: its functions in this process, its machines from the synthesized template, DynamoDB, SQS
 * with Lambda's pollers and Step Functions emulated; receivers are functions. Every call of a function is a process of its own as
 * far as memory goes: one container for each place of the lanes.
 */
export async function startDeliveryBed(options: BedOptions = {}) {
  const cloud = await startDeliveryCloud({
    startMs: options.startMs ?? Date.UTC(2026, 10, 20, 12),
    seed: options.seed ?? 1,
    tasks: { invoke: (call) => runTask(call) },
  });
  const { clock, random, sqs } = cloud;

  // What the receivers do.
  const arrivals: Arrival[] = [];
  const accepted: Arrival[] = [];
  let receiver: Receiver = () => ({});
  const http: Pick<GuardedHttpClient, 'post'> = {
    async post({ body, headers, timeoutMs, url }) {
      const arrival = { url, headers, body, id: headers['webhook-id'] ?? '', atMs: clock.now() };
      arrivals.push(arrival);
      const { afterMs = QUICK_MS, failure, headers: answered = {}, status = 200 } = receiver(arrival);
      await sleep(clock, Math.min(afterMs, timeoutMs));
      if (afterMs >= timeoutMs) throw new RequestFailed('timeout', `no complete answer in ${timeoutMs} ms`);
      if (failure !== undefined) throw new RequestFailed(failure, failure);
      if (status >= 200 && status <= 299) accepted.push(arrival);
      return { status, headers: answered, body: '', remoteIp: '203.0.113.7' };
    },
  };

  const notices: Notice[] = [];
  const outside = { http: http as GuardedHttpClient, notices };
  const shared = makeContainer(cloud, outside);
  const call = (lastsMs: number) => {
    const untilMs = clock.monotonic() + lastsMs;
    const token = `call-${Math.floor(random() * 1e12)}`;
    return { token, remainingMs: () => untilMs - clock.monotonic() };
  };
  const concurrency = options.concurrency ?? 3;
  const waiting = (lane: 'events' | 'bulk'): Promise<number> =>
    Promise.resolve(sqs.depth(lane === 'events' ? 'events.fifo' : 'bulk').visible);
  /** After how many steps the next process of the deliver function is killed. */
  let nextLife = (): number => Number.POSITIVE_INFINITY;
  let kills = 0;
  const process = () => {
    const life = new Life(nextLife());
    const memory = makeContainer(cloud, outside, life);
    const rate = makeEndpointRate({ ...memory, calls: 2 * concurrency });
    return { life, deliver: makeDeliver({ ...memory, rate }, waiting) };
  };
  const places = Array.from({ length: 2 * concurrency }, () => ({ busy: false, process: process() }));
  const invokeDeliver = async (event: string): Promise<InvocationResult> => {
    const place = places.find(({ busy }) => !busy);
    if (!place) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    place.busy = true;
    const { deliver, life } = place.process;
    const { remainingMs } = call(DELIVER_MS);
    try {
      const answer = deliver(JSON.parse(event) as SQSEvent, { getRemainingTimeInMillis: remainingMs });
      return { ok: true, payload: JSON.stringify(await Promise.race([answer, life.died])) };
    } catch (error) {
      kills += 1;
      place.process = process();
      return { ok: false, error: { errorType: 'Runtime.ExitError', errorMessage: String(error) } };
    } finally {
      place.busy = false;
    }
  };
  const retrier = makeContainer(cloud, outside);
  const recoverer = makeContainer(cloud, outside);
  const functions: Readonly<Record<string, (input: unknown) => Promise<unknown>>> = {
    [functionArn('WebhookDeliveryRetryDelivery')]: async (input) => ({
      outcome: await retryDelivery(retrier, RetryTaskSchema.parse(input), call(RETRY_MS)),
    }),
    [functionArn('WebhookDeliveryFinalizeDelivery')]: (input) => finalizeDelivery(retrier, DeadTaskSchema.parse(input)),
    [functionArn('WebhookDeliveryRecoverEndpoint')]: async (input) => ({
      outcome: await recoverEndpoint(recoverer, RecoveryTaskSchema.parse(input), call(RECOVER_MS)),
    }),
  };
  async function runTask({ arguments: given, resource }: TaskCall): Promise<Json> {
    const input = given as { FunctionName?: string; Payload?: unknown; MessageBody?: string };
    if (resource.endsWith('sqs:sendMessage')) {
      sqs.send(DEAD_QUEUE, { body: input.MessageBody ?? '', senderId: 'states' });
      return {};
    }
    const run = functions[input.FunctionName ?? ''];
    if (!run) throw new StatesError('States.Runtime', `no function ${input.FunctionName}`);
    try {
      return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: (await run(input.Payload)) as never };
    } catch (error) {
      const { name, message } = error as Error;
      throw new StatesError(name, JSON.stringify({ errorType: name, errorMessage: message, trace: [] }));
    }
  }

  const log = (): void => undefined;
  const held = new HeldMessages(cloud.database);
  const sources = (['events.fifo', 'bulk'] as const).map(
    (queueName) =>
      new SqsEventSource({
        clock,
        log,
        queue: sqs,
        held,
        invoke: (_name, event) => invokeDeliver(event),
        mapping: {
          queueName,
          queueArn: `arn:aws:sqs:us-east-1:000000000000:${queueName}`,
          region: 'us-east-1',
          functionName: 'deliver',
          batchSize: 10,
          batchingWindowMs: 0,
          reportsFailures: true,
          maxConcurrency: concurrency,
          visibilityTimeoutMs: VISIBILITY_MS,
        },
      }),
  );
  for (const source of sources) source.start();

  let number = 0;
  return {
    ...cloud,
    /** What receivers answered with a 2xx. */
    accepted,
    arrivals,
    notices,
    shared,
    /** Kills of the deliver function so far. */
    kills: () => kills,
    /** From now on each process of the deliver function dies after so many calls that it makes. */
    killAfter(steps: () => number): void {
      nextLife = steps;
      for (const place of places) if (!place.busy) place.process = process();
    },
    setReceiver(next: Receiver): void {
      receiver = next;
    },
    async newEndpoint(settings: Partial<EndpointRow> = {}): Promise<EndpointRow> {
      number += 1;
      const endpointId = EndpointIdSchema.parse(`wh_${number.toString(16).padStart(24, '0')}`);
      const row: EndpointRow = {
        accountId: ACCOUNT,
        endpointId,
        url: `https://receiver.example/${endpointId}`,
        events: ['messages', 'statuses', 'sessions'],
        secretCiphertext: 'secret',
        createdAtMs: clock.now(),
        ...settings,
      };
      await shared.endpoints.create(row);
      return row;
    },
    /** A text of a chat, published as the connector does. */
    publish(endpoint: EndpointRow, text: { readonly chat: string; readonly body: string }): EventDelivery {
      number += 1;
      const delivery = EventDeliverySchema.parse({
        endpointId: endpoint.endpointId,
        event: {
          version: 1,
          type: 'message',
          eventId: number.toString(16).padStart(32, '0'),
          accountId: ACCOUNT,
          sessionId: '100200300',
          sessionUid: '0123456789abcdef01234567',
          displayPhoneNumber: '5511911112222',
          occurredAtMs: clock.now(),
          wamid: `wamid.${number}`,
          from: text.chat,
          content: { type: 'text', text: { body: text.body } },
        },
      });
      const { chat } = { chat: text.chat };
      sqs.send('events.fifo', {
        body: JSON.stringify(delivery),
        groupId: `${endpoint.endpointId}#${orderingOf(endpoint, delivery.event)}#${chat}`,
        deduplicationId: `${delivery.event.eventId}#${endpoint.endpointId}`,
        senderId: 'TEST',
      });
      return delivery;
    },
    row: (delivery: EventDelivery) => shared.deliveries.get(deliveryKeyOf(delivery)),
    async stop(): Promise<void> {
      const stopped = Promise.all(sources.map((source) => source.stop()));
      await clock.advance(60_000);
      await stopped;
      await cloud.stop();
    },
  };
}

export type DeliveryBed = Awaited<ReturnType<typeof startDeliveryBed>>;

/** Texts in the order in which they arrived. */
export const textsOf = (arrivals: readonly Arrival[]): readonly { readonly chat: string; readonly body: string }[] =>
  arrivals.map(({ body }) => {
    const { from, text } = JSON.parse(body).entry[0].changes[0].value.messages[0] as {
      from: string;
      text: { body: string };
    };
    return { chat: from, body: text.body };
  });
