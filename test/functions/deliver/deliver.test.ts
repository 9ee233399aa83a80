import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDeliveryRepository } from '#core/adapters/dynamodb/delivery-repository.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { type EventDelivery, EventDeliverySchema } from '#core/contracts/event.ts';
import { systemClock } from '#core/domain/clock.ts';
import { EventIdSchema, SessionIdSchema } from '#core/domain/ids.ts';
import { retryNameOf } from '../../../functions/deliver/start-retry.ts';
import { type Receiver, startReceiver } from '../../../local/receiver/receiver.ts';
import { verifySignatures } from '../../../local/receiver/verify-signatures.ts';
import { type AwsTestBed, RETRY_MACHINE, startAws } from '../support/aws-test-bed.ts';
import { callApi, lambdaContext } from '../support/call-api.ts';

describe('webhook delivery', () => {
  let aws: AwsTestBed;
  let receiver: Receiver;
  let deliver: (event: SQSEvent, context: ReturnType<typeof lambdaContext>) => Promise<SQSBatchResponse>;
  let retry: (input: unknown) => Promise<unknown>;
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
        attributes: { MessageGroupId: 'chat', SentTimestamp: '1795132800000' },
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:events.fifo',
      })),
    }) as unknown as SQSEvent;
  const deliveries = () =>
    makeDeliveryRepository({ dynamo: aws.documents, tableName: 'deliveries', clock: systemClock });
  const retrying = (delivery: EventDelivery): unknown => {
    const machine = RETRY_MACHINE.replace(':stateMachine:', ':execution:');
    return aws.states.execution(`${machine}:${retryNameOf(delivery)}`);
  };

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
    expect(await deliveries().isDelivered(delivery)).toBe(true);
    expect(retrying(delivery)).toBeUndefined();
    expect(aws.states.transitions()).toBe(0);
  });
  it('posts an event once, however often the queue brings it', async () => {
    const delivery = newDelivery();
    await deliver(batch(delivery), lambdaContext());
    await deliver(batch(delivery, delivery), lambdaContext());
    expect(receiver.arrivals).toHaveLength(1);
  });
  it('hands a failed delivery to the retry machine, once, and acknowledges it', async () => {
    receiver.answerWith(503);
    const delivery = newDelivery();
    expect(await deliver(batch(delivery), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(await deliver(batch(delivery), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(retrying(delivery)).toMatchObject({ input: JSON.stringify(delivery) });
    expect(await deliveries().isDelivered(delivery)).toBe(false);
    await expect(retry(delivery)).rejects.toMatchObject({ name: 'DeliveryFailed' });
    receiver.answerWith(200);
    expect(await retry(delivery)).toEqual({ outcome: 'delivered' });
    expect(await retry(delivery)).toEqual({ outcome: 'delivered' });
    expect(receiver.arrivals).toHaveLength(4);
  });
  it('hands what the time left is too short for to the retry machine, untried', async () => {
    const delivery = newDelivery();
    expect(await deliver(batch(delivery), lambdaContext(10_000))).toEqual({ batchItemFailures: [] });
    expect(retrying(delivery)).toBeDefined();
    expect(receiver.arrivals).toHaveLength(0);
  });
  it('returns a record that nobody can read, alone, and delivers the others in order', async () => {
    const [first, second] = [newDelivery('1'), newDelivery('2')];
    const answer = await deliver(batch(first, '{"no":', { endpointId: 'x' }, second), lambdaContext());
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] });
    const texts = receiver.arrivals.map(
      ({ body }) => JSON.parse(body.toString()).entry[0].changes[0].value.messages[0].text.body as string,
    );
    expect(texts).toEqual(['1', '2']);
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
      const event = batch(command, { ...command, sessionUid: 'f'.repeat(24) }, '{"no":', {
        ...command,
        type: 'session.stop',
      });
      expect(await dead(event)).toEqual({ batchItemFailures: [] });
      expect(await dead(batch(command))).toEqual({ batchItemFailures: [] });
      const queued = (await aws.take(aws.urls.bulk)).map((body) => EventDeliverySchema.parse(body));
      expect(queued).toHaveLength(2);
      expect(queued[0]).toEqual(queued[1]);
      expect(queued[0]?.event).toMatchObject({
        type: 'status',
        status: 'failed',
        wamid: 'wamid.X',
        recipientId: '5511987654321',
        occurredAtMs: 1_795_132_800_000,
        bizOpaqueCallbackData: 'order-7',
        errors: [{ code: 131000 }],
      });
      expect(EventIdSchema.safeParse(queued[0]?.event.eventId).success).toBe(true);
    });
  });
});
