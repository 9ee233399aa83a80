import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { EventDelivery, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import { SessionRowSchema } from '#core/contracts/rows/session-row.ts';
import { eventIdOf } from '#core/domain/event-id.ts';
import { StanzaIdSchema } from '#core/domain/ids.ts';
import { chatHashOf } from '#core/domain/shard.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { OPERATOR_ACCESS_KEY } from '../../local/iam/iam.ts';
import { Operator } from '../../local/operator.ts';
import { prepareAssembly } from '../../local/prepare-assembly.ts';
import { type Runner, type RunnerOptions, startRunner } from '../../local/runner.ts';
import { operatorClient } from '../support/interrogate.ts';
import { ScriptedReceiver } from './scripted-receiver.ts';

const START_MS = Date.parse('2031-03-08T09:00:00Z');

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

type Session = Pick<MessageEvent, 'accountId' | 'sessionId' | 'sessionUid'>;

/** One subscription, by the path of its receiver. */
export interface Endpoint {
  readonly name: string;
  readonly id: EventDelivery['endpointId'];
}

/** The whole stack on a virtual clock without connectors: their events are put on the queues as they would. */
export class DeliveryWorld {
  readonly clock: VirtualClock;
  readonly runner: Runner;
  readonly receiver: ScriptedReceiver;
  readonly #folder: string;
  readonly #apiKey: string;
  readonly #session: Session;
  #count = 0;

  private constructor(parts: {
    clock: VirtualClock;
    runner: Runner;
    receiver: ScriptedReceiver;
    folder: string;
    apiKey: string;
    session: Session;
  }) {
    this.clock = parts.clock;
    this.runner = parts.runner;
    this.receiver = parts.receiver;
    this.#folder = parts.folder;
    this.#apiKey = parts.apiKey;
    this.#session = parts.session;
  }

  /** @param hooks hear of each request to AWS and of each invocation of a function */
  static async start(
    config: Readonly<Record<string, unknown>> = {},
    hooks: Pick<RunnerOptions, 'onRequest' | 'onConsumed' | 'onInvocation' | 'onOutput'> = {},
  ): Promise<DeliveryWorld> {
    const folder = mkdtempSync(path.join(tmpdir(), 'pombo-delivery-'));
    await synthesize(folder, config);
    const clock = new VirtualClock(START_MS);
    const receiver = await ScriptedReceiver.start(clock);
    const runner = await startRunner({
      cdkOut: path.join(folder, 'cdk.out'),
      dataFolder: path.join(folder, 'data'),
      apiPort: 0,
      clock,
      log: () => {},
      // Nothing here lives for a month, and each sweep would read a hundred thousand rows.
      sweepEveryMs: 30 * 24 * HOUR,
      ...hooks,
      whatsapp: 'live',
    });
    receiver.hold = () => runner.activity.hold();
    const operator = new Operator(runner, clock);
    const apiKey = await operator.ensureApiKey(undefined);
    await call(runner, apiKey, { method: 'POST', route: '/sessions', body: { id: '100200300', name: 'Loja' } });
    const [row] = await operator.sessions();
    operator.close();
    const session = SessionRowSchema.pick({ accountId: true, sessionId: true, sessionUid: true }).parse(row);
    return new DeliveryWorld({ clock, runner, receiver, folder, apiKey, session });
  }

  /** Subscribes the path `name` of the receiver. */
  async subscribe(name: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Endpoint> {
    const body = { url: this.receiver.url(name), events: ['messages', 'statuses'], ...settings };
    const { id } = await this.call('POST', '/webhooks', body);
    return { name, id: id as Endpoint['id'] };
  }

  call(method: string, route: string, body?: unknown): Promise<Record<string, unknown>> {
    return call(this.runner, this.#apiKey, { method, route, body });
  }

  /** A text from a person, published as a connector would at this moment. Returns its event id. */
  receive(endpoint: Endpoint, chat: string, text: string): string {
    const stanzaId = StanzaIdSchema.parse(`3EB0${String(this.#count++)}`);
    const wamid = formatWamid({ sessionUid: this.#session.sessionUid, direction: 'in', stanzaId });
    const event: MessageEvent = {
      ...this.#session,
      version: 1,
      type: 'message',
      eventId: eventIdOf(this.#session.sessionUid, 'message', wamid),
      displayPhoneNumber: '5511911112222',
      occurredAtMs: this.clock.now(),
      wamid,
      from: chat,
      content: { type: 'text', text: { body: text } },
    };
    this.#send('QueuesEventsQueue', { endpointId: endpoint.id, event }, chat);
    return event.eventId;
  }

  /** A status of a sent message, published as a connector would at this moment. Returns its event id. */
  tellStatus(endpoint: Endpoint, status: StatusEvent['status'] = 'delivered'): string {
    const stanzaId = StanzaIdSchema.parse(`3EB0${String(this.#count++)}`);
    const wamid = formatWamid({ sessionUid: this.#session.sessionUid, direction: 'out', stanzaId });
    const event: StatusEvent = {
      ...this.#session,
      version: 1,
      type: 'status',
      eventId: eventIdOf(this.#session.sessionUid, 'status', wamid, status),
      displayPhoneNumber: '5511911112222',
      occurredAtMs: this.clock.now(),
      wamid,
      status,
      recipientId: '5511987654321',
      recipientType: 'individual',
    };
    this.#send('QueuesBulkQueue', { endpointId: endpoint.id, event });
    return event.eventId;
  }

  /** Moves the time on in steps, calling `act` before each. */
  async pass(totalMs: number, stepMs: number, act: (step: number) => void = () => {}): Promise<void> {
    for (let step = 0; step * stepMs < totalMs; step++) {
      act(step);
      await this.runner.advance(stepMs);
    }
  }

  /** Moves the time on in steps until `holds`, for so long at most. */
  async passUntil(holds: () => boolean, mostMs: number, stepMs: number): Promise<void> {
    for (let step = 0; step * stepMs < mostMs && !holds(); step++) await this.runner.advance(stepMs);
  }

  /** All rows of a table of the construct Data. */
  async rows(table: string): Promise<Record<string, unknown>[]> {
    const name = this.runner.model
      .all('AWS::DynamoDB::GlobalTable')
      .find(({ logicalId }) => logicalId.startsWith(`Data${table}`))?.name;
    const client = DynamoDBDocumentClient.from(operatorClient(this.runner, this.clock, DynamoDBClient));
    const rows: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: name })) rows.push(...Items);
    client.destroy();
    return rows;
  }

  queueName(id: string): string {
    return this.runner.model.all('AWS::SQS::Queue').find(({ logicalId }) => logicalId.startsWith(id))?.name ?? '';
  }

  async stop(): Promise<void> {
    this.receiver.close();
    await this.runner.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #send(queue: string, delivery: EventDelivery, chat?: string): void {
    const { endpointId, event } = delivery;
    const group =
      chat === undefined
        ? { groupId: endpointId }
        : {
            groupId: `${endpointId}#${chatHashOf(chat)}`,
            deduplicationId: `${event.eventId}#${endpointId}`,
          };
    this.runner.emulators.sqs.send(this.queueName(queue), {
      ...group,
      body: JSON.stringify(delivery),
      senderId: OPERATOR_ACCESS_KEY,
    });
  }
}

/** The stack as it is deployed, without connectors. */
async function synthesize(folder: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  const outdir = path.join(folder, 'cdk.out');
  await prepareAssembly({ outdir, config: { privateTargets: ['127.0.0.0/8'], ...config }, onWork: () => {} });
  const file = path.join(outdir, 'Pombo.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ECS::Service') Properties['DesiredCount'] = 0;
  writeFileSync(file, JSON.stringify(template));
}

async function call(
  { apiUrl }: Runner,
  apiKey: string,
  { method, route, body }: { readonly method: string; readonly route: string; readonly body?: unknown },
): Promise<Record<string, unknown>> {
  const response = await fetch(apiUrl + route, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect({ status: response.status < 300, answer }).toMatchObject({ status: true });
  return answer;
}
