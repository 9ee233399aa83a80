import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeBacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { deliveryKeyOf, makeDeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { readStoredEvent } from '#core/adapters/dynamodb/stored-event.ts';
import { type EventDelivery, EventDeliverySchema } from '#core/contracts/event.ts';
import { systemClock } from '#core/domain/clock.ts';
import { EventIdSchema, SessionIdSchema } from '#core/domain/ids.ts';
import { recoveryNameOf, retryNameOf } from '../../../functions/shared/delivery/executions.ts';
import { type Receiver, startReceiver } from '../../../local/receiver/receiver.ts';
import { verifySignatures } from '../../../local/receiver/verify-signatures.ts';
import { type AwsTestBed, RECOVERY_MACHINE, RETRY_MACHINE, startAws } from '../support/aws-test-bed.ts';
import { callApi, lambdaContext } from '../support/call-api.ts';

describe('webhook delivery', () => {
  let aws: AwsTestBed;
  let receiver: Receiver;
  let deliver: (event: SQSEvent, context: ReturnType<typeof lambdaContext>) => Promise<SQSBatchResponse>;
  let retry: (input: unknown, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;
  let dead: (event: SQSEvent) => Promise<SQSBatchResponse>;
  let api: Record<'webhooks' | 'sessions', Parameters<typeof callApi>[0]>;
  let account: Awaited<ReturnType<AwsTestBed['newAccount']>>;
  let webhook: { id: string; secret: string };
  let number = 0;

  beforeAll(async () => {
    aws = await startAws({ privateTargets: '127.0.0.0/8' });
    deliver = (await import('../../../functions/deliver/handler.ts')).handler;
    retry = (await import('../../../functions/retry-delivery/handler.ts')).handler;
    dead = (await import('../../../functions/dead-commands/handler.ts')).handler;
    api = {
      webhooks: (await import('../../../functions/webhooks/handler.ts')).handler,
      sessions: (await import('../../../functions/sessions/handler.ts')).handler,
    };
  }, 60_000);
  afterAll(() => aws.stop());
  beforeEach(async () => {
    receiver = await startReceiver({ port: 0, now: Date.now });
    account = await aws.newAccount();
    const created = await callApi(api.webhooks, 'POST /webhooks', {
      key: account.apiKey,
      body: { url: receiver.url },
    });
    webhook = { id: created.text('id'), secret: created.text('secret') };
  });
  afterEach(() => receiver.close());

  const newDelivery = (body = 'Olá 🐦\u2028'): EventDelivery => {
    number += 1;
    return EventDeliverySchema.parse({
      endpointId: webhook.id,
      event: {
        version: 1,
        type: 'message',
        eventId: String(number).padStart(32, '0'),
        accountId: account.accountId,
        sessionId: '100200300',
        sessionUid: '0123456789abcdef01234567',
        displayPhoneNumber: '5511911112222',
        occurredAtMs: Date.UTC(2026, 10, 20),
        wamid: 'wamid.X',
        from: '5511987654321',
        content: { type: 'text', text: { body } },
      },
    });
  };
  const batch = (...bodies: readonly unknown[]): SQSEvent =>
    ({
      Records: bodies.map((body, index) => ({
        messageId: `m${index}`,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        attributes: { MessageGroupId: 'chat', SentTimestamp: '1795132800000', SequenceNumber: String(1e6 + index) },
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:events.fifo',
      })),
    }) as unknown as SQSEvent;
  const deliveries = () =>
    makeDeliveryRepository({ dynamo: aws.documents, tableName: 'deliveries', clock: systemClock });
  const stored = (delivery: EventDelivery) => deliveries().get(deliveryKeyOf(delivery));
  const execution = (machine: string, name: string) =>
    aws.states.execution(`${machine.replace(':stateMachine:', ':execution:')}:${name}`);
  const retrying = (delivery: EventDelivery, attempts = 1) =>
    execution(RETRY_MACHINE, retryNameOf({ ...delivery, eventId: delivery.event.eventId }, attempts));
  const recovering = ({ endpointId }: EventDelivery, generation = 1) =>
    execution(RECOVERY_MACHINE, recoveryNameOf({ endpointId, generation, part: 0 }));
  const parked = async (delivery: EventDelivery): Promise<number> =>
    await makeBacklogRepository({ dynamo: aws.documents, tableName: 'backlog', clock: systemClock }).count(
      delivery.endpointId,
      100,
    );

  const texts = (): string[] =>
    receiver.arrivals.map(
      ({ body }) => JSON.parse(body.toString()).entry[0].changes[0].value.messages[0].text.body as string,
    );

  it('posts the event in Meta’s shape, signed both ways, and remembers it', async () => {
    const delivery = newDelivery();
    expect(await deliver(batch(delivery), lambdaContext())).toEqual({ batchItemFailures: [] });
    const [arrival] = receiver.arrivals;
    expect(verifySignatures(webhook.secret, arrival!.headers, arrival!.body, Date.now())).toEqual({
      meta: true,
      standardWebhooks: true,
    });
    expect(arrival!.headers).toMatchObject({
      'webhook-id': delivery.event.eventId,
      'content-type': 'application/json',
    });
    expect(arrival!.body.every((byte) => byte < 0x80)).toBe(true);
    expect(JSON.parse(arrival!.body.toString())).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [{ id: account.accountId, changes: [{ value: { messages: [{ text: { body: 'Olá 🐦\u2028' } }] } }] }],
    });
    const row = await stored(delivery);
    expect(row).toMatchObject({
      status: 'delivered',
      attempts: 1,
      httpStatus: 200,
      eventType: 'messages',
      wamid: 'wamid.X',
      accountId: account.accountId,
      history: [{ httpStatus: 200, remoteIp: '127.0.0.1' }],
    });
    expect(readStoredEvent(row?.event ?? new Uint8Array())).toEqual(delivery.event);
    expect(retrying(delivery)).toBeUndefined();
    expect(aws.states.transitions()).toBe(0);
  });
  it('posts an event once, however often the queue brings it', async () => {
    const delivery = newDelivery();
    await deliver(batch(delivery), lambdaContext());
    await deliver(batch(delivery, delivery), lambdaContext());
    expect(receiver.arrivals).toHaveLength(1);
  });
  it('hands a failed delivery to the retry machine, once, and acknowledges it; its chat waits behind it', async () => {
    receiver.answerWith(503);
    const [delivery, next] = [newDelivery('1'), newDelivery('2')];
    expect(await deliver(batch(delivery, next), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(await deliver(batch(delivery), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(receiver.arrivals).toHaveLength(1);
    expect(await stored(delivery)).toMatchObject({ status: 'retrying', attempts: 1, error: 'answered 503' });
    expect(await stored(next)).toMatchObject({ status: 'parked', attempts: 0 });
    const task = JSON.parse(retrying(delivery)?.input ?? '{}') as object;
    expect(task).toMatchObject({ eventId: delivery.event.eventId, waitSeconds: expect.closeTo(5, -0.4) });
    await expect(retry(task, lambdaContext(60_000))).rejects.toMatchObject({
      name: 'RetryLater',
      message: expect.stringMatching(/"waitSeconds":[1-6],/),
    });
  });
  it('delivers a failed delivery, and then its chat in order, when the machine asks for it', async () => {
    receiver.answerWith(503);
    const events = ['1', '2', '3'].map((text) => newDelivery(text));
    await deliver(batch(...events), lambdaContext());
    receiver.answerWith(200);
    const task = JSON.parse(retrying(events[0]!)?.input ?? '{}') as object;
    // Its first delay is over when the machine asks.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    expect(await retry(task, lambdaContext(60_000))).toEqual({ outcome: 'delivered' });
    expect(await retry(task, lambdaContext(60_000))).toEqual({ outcome: 'gone' });
    vi.useRealTimers();
    expect(texts()).toEqual(['1', '1', '2', '3']);
    expect(await parked(events[0]!)).toBe(0);
    const live = newDelivery('4');
    await deliver(batch(live), lambdaContext());
    expect(texts().at(-1)).toBe('4');
  });
  it('parks what the time left is too short for, in order, and starts the recovery of the endpoint', async () => {
    const [first, second] = [newDelivery(), newDelivery()];
    expect(await deliver(batch(first, second), lambdaContext(10_000))).toEqual({ batchItemFailures: [] });
    expect(await parked(first)).toBe(2);
    expect(recovering(first)).toBeDefined();
    expect(receiver.arrivals).toHaveLength(0);
  });
  it('puts a record that nobody can read into the dead-letter queue with its reason, and delivers the others in order', async () => {
    const [first, second] = [newDelivery('1'), newDelivery('2')];
    const answer = await deliver(batch(first, '{"no":', { endpointId: 'x' }, second), lambdaContext());
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(texts()).toEqual(['1', '2']);
    const { Messages = [] } = await aws.queues.send(
      new ReceiveMessageCommand({
        QueueUrl: aws.urls.eventsDead,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    expect(Messages.map(({ Attributes, Body }) => [Body, Attributes?.MessageGroupId])).toEqual([
      ['{"no":', 'chat'],
      ['{"endpointId":"x"}', 'chat'],
    ]);
    expect(Messages[1]?.MessageAttributes?.['reason']?.StringValue).toContain('event: invalid');
  });
  it('drops events of a webhook that was deleted', async () => {
    const endpoints = makeEndpointRepository({ dynamo: aws.documents, tableName: 'endpoints' });
    const delivery = newDelivery();
    await endpoints.remove(delivery.event.accountId, delivery.endpointId);
    expect(await deliver(batch(delivery), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(receiver.arrivals).toHaveLength(0);
  });

  describe('of dead commands', () => {
    it('tells the sender of a dead message that it failed, with the same id each time', async () => {
      const created = await callApi(api.sessions, 'POST /sessions', { key: account.apiKey });
      const sessions = makeSessionRepository({ dynamo: aws.documents, tableName: 'sessions' });
      const row = (await sessions.get(SessionIdSchema.parse(created.text('id'))))!;
      const command = {
        version: 1,
        type: 'message.send',
        accountId: row.accountId,
        sessionId: row.sessionId,
        sessionUid: row.sessionUid,
        acceptedAtMs: 0,
        stanzaId: '3EB0',
        wamid: 'wamid.X',
        to: { type: 'individual', phone: '5511987654321' },
        content: { type: 'text', text: { body: 'oi', previewUrl: false } },
        bizOpaqueCallbackData: 'order-7',
      };
      await aws.take(aws.urls.bulk);
      const dance = { ...command, wamid: 'wamid.Y', content: { type: 'dance' } };
      const gone = { ...command, wamid: 'wamid.Z', sessionUid: 'f'.repeat(24) };
      const event = batch(command, gone, dance, '{"no":', { ...command, type: 'session.stop' });
      expect(await dead(event)).toEqual({ batchItemFailures: [] });
      expect(await dead(batch(command))).toEqual({ batchItemFailures: [] });
      const queued = (await aws.take(aws.urls.bulk)).map((body) => EventDeliverySchema.parse(body));
      const of = (wamid: string) => queued.filter(({ event }) => 'wamid' in event && event.wamid === wamid);
      expect(queued).toHaveLength(4);
      expect(of('wamid.X')[0]).toEqual(of('wamid.X')[1]);
      expect(of('wamid.X')[0]?.event).toMatchObject({
        type: 'status',
        status: 'failed',
        recipientId: '5511987654321',
        occurredAtMs: 1_795_132_800_000,
        bizOpaqueCallbackData: 'order-7',
        errors: [{ code: 131000 }],
      });
      // Its kind is one that only another release knows.
      expect(of('wamid.Y')[0]?.event).toMatchObject({ status: 'failed', errors: [{ code: 131000 }] });
      expect(of('wamid.Z')[0]?.event).toMatchObject({ status: 'failed', errors: [{ code: 133010 }] });
      expect(EventIdSchema.safeParse(queued[0]?.event.eventId).success).toBe(true);
    });
  });
});
