import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Event, StatusEvent } from '#core/contracts/event.ts';
import { type Receiver, startReceiver } from '../../local/receiver/receiver.ts';
import { type Bed, type Identity, startBed } from '../connector/connector-bed.ts';
import { type AwsTestBed, startAws } from '../functions/support/aws-test-bed.ts';
import { callApi, lambdaContext } from '../functions/support/call-api.ts';
import { FIXTURES, recorded, withUnknownFields } from './recorded-contracts.ts';

/** A later release has added a field to everything that it writes; this code is then the older one. */
const LATER = 'addedByALaterRelease';

const ME = '5511988880031';
const FRIEND = '5511988880032';

describe('an older connector beside newer functions', () => {
  let bed: Bed;
  let session: Identity;

  beforeAll(async () => {
    bed = await startBed();
    await bed.phones.createPerson({ number: ME });
    await bed.phones.createPerson({ number: FRIEND });
    await bed.startConnector();
    session = await bed.createSession();
    await bed.tables.send(
      new UpdateCommand({
        TableName: 'sessions',
        Key: { sessionId: session.sessionId },
        UpdateExpression: 'SET #later = :value',
        ExpressionAttributeNames: { '#later': LATER },
        ExpressionAttributeValues: { ':value': { deeply: ['new'] } },
      }),
    );
    await bed.command(session, later({ type: 'session.start' }));
    await bed.phones.scan(ME, await bed.qr(session));
    await bed.status(session, 'open');
  });
  afterAll(() => bed.close());

  const later = <T extends object>(command: T): T => withUnknownFields(command) as T;

  it('obeys their commands, tells what any release understands, and leaves what it does not know in a row', async () => {
    const { stanzaId, ...command } =
      recorded('v0.1', 'outbound-commands').find(({ type }) => type === 'message.send') ?? {};
    const { wamid, to: _to, accountId: _account, sessionId: _id, sessionUid: _uid, ...rest } = command;
    // It was accepted just now: an old one has outlived its time.
    const now = { acceptedAtMs: Date.now(), to: { type: 'individual', phone: FRIEND } } as const;
    const text = { ...rest, ...now, type: 'message.send', stanzaId, wamid } as const;
    await bed.command(session, later(text) as never, 'chat');
    const shown = await bed.phones.waitForMessage(FRIEND, ({ id }) => id === stanzaId);
    expect(shown).toMatchObject({ text: 'Olá! 🐦' });
    const sent = await bed.event((event: Event): event is StatusEvent => event.type === 'status');
    expect(olderEvent().safeParse(sent).error).toBeUndefined();
    expect(await bed.row(session)).toMatchObject({ status: 'open', [LATER]: { deeply: ['new'] } });
  });
});

/** Reads events as release 0.1 does. */
function olderEvent(): z.ZodType {
  const schemas = JSON.parse(readFileSync(path.join(FIXTURES, 'v0.1', 'schemas.txt'), 'utf8')) as Record<
    string,
    { properties: { event: z.core.JSONSchema.JSONSchema } }
  >;
  return z.fromJSONSchema(schemas['event-deliveries']?.properties.event ?? false);
}

describe('older functions beside a newer connector', () => {
  let aws: AwsTestBed;
  let receiver: Receiver;

  beforeAll(async () => {
    aws = await startAws({ privateTargets: '127.0.0.0/8' });
    receiver = await startReceiver({ port: 0, now: Date.now });
  });
  afterAll(async () => {
    await receiver.close();
    await aws.stop();
  });

  it('deliver its events and show its sessions, without what they do not know', async () => {
    const account = await aws.newAccount();
    const webhooks = (await import('../../functions/webhooks/handler.ts')).handler;
    const created = await callApi(webhooks, 'POST /webhooks', { key: account.apiKey, body: { url: receiver.url } });
    const [first] = recorded('v0.1', 'event-deliveries').filter(({ event }) => (event as Event).type === 'message');
    const event = { ...(first?.['event'] as Event), accountId: account.accountId };
    const arrived = receiver.waitFor(() => true);
    const deliver = (await import('../../functions/deliver/handler.ts')).handler;
    const response = await deliver(
      batchOf(withUnknownFields({ endpointId: created.text('id'), event })),
      lambdaContext(),
    );
    expect(response).toEqual<SQSBatchResponse>({ batchItemFailures: [] });
    const body = (await arrived).body.toString('utf8');
    expect(body).toContain('Oi, tudo bem?');
    expect(body).not.toContain(LATER);
  });
});

const batchOf = (body: unknown): SQSEvent =>
  ({
    Records: [
      {
        messageId: 'm0',
        body: JSON.stringify(body),
        attributes: { MessageGroupId: 'chat', SentTimestamp: '1795132800000' },
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:events.fifo',
      },
    ],
  }) as unknown as SQSEvent;
