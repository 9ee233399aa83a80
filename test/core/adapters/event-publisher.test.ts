import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { makeEventPublisher } from '#core/adapters/event-publisher.ts';
import { type Event, EventDeliverySchema, EventSchema } from '#core/contracts/event.ts';
import { type EndpointRow, EndpointRowSchema } from '#core/contracts/rows/endpoint-row.ts';
import { JobIdSchema } from '#core/domain/ids.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const uid = '0123456789abcdef01234567';
const envelope = {
  version: 1,
  eventId: '0123456789abcdef0123456789abcdef',
  accountId: '123456789012345678',
  sessionId: '100200300',
  sessionUid: uid,
  displayPhoneNumber: '',
  occurredAtMs: 0,
};
const message = (from: string, groupId?: string): Event =>
  EventSchema.parse({
    ...envelope,
    type: 'message',
    wamid: 'wamid.X',
    from,
    groupId,
    content: { type: 'text', text: { body: 'oi' } },
  });
const session: Event = EventSchema.parse({ ...envelope, type: 'session', status: 'open' });
const accountId = session.accountId;

const endpoint = (n: number, changes: object = {}): EndpointRow =>
  EndpointRowSchema.parse({
    accountId,
    endpointId: `wh_${String(n).padStart(24, '0')}`,
    url: 'https://example.com/',
    events: ['messages', 'statuses', 'sessions'],
    secretCiphertext: '',
    createdAtMs: 0,
    ...changes,
  });

/** An SQS that refuses the entries that `refuse` names, and a table of endpoints that counts its reads. */
function testBed(rows: readonly EndpointRow[]) {
  const clock = new VirtualClock(0);
  const sent: { url: string; body: unknown; group: string | undefined; dedup: string | undefined }[] = [];
  const calls: number[] = [];
  const bodies: string[] = [];
  const bed = { rows, reads: 0, clock, sent, calls, bodies, refuse: (_endpointId: string) => false };
  const sqs = {
    send: async (command: SendMessageBatchCommand) => {
      const { QueueUrl = '', Entries = [] } = command.input;
      calls.push(Entries.length);
      const failed = Entries.filter(({ MessageBody }) => bed.refuse(JSON.parse(MessageBody ?? '').endpointId));
      for (const entry of Entries) {
        if (failed.includes(entry)) continue;
        bodies.push(entry.MessageBody ?? '');
        const body = EventDeliverySchema.parse(JSON.parse(entry.MessageBody ?? ''));
        sent.push({ url: QueueUrl, body, group: entry.MessageGroupId, dedup: entry.MessageDeduplicationId });
      }
      return { Failed: failed.map(({ Id }) => ({ Id, Code: 'InternalError' })) };
    },
  } as unknown as SQSClient;
  const endpoints = {
    list: async () => {
      bed.reads += 1;
      return bed.rows;
    },
  };
  const publisher = makeEventPublisher({ sqs, endpoints, eventsQueueUrl: 'events', bulkQueueUrl: 'bulk', clock });
  return { ...bed, bed, publisher };
}

describe('makeEventPublisher', () => {
  it('queues a message for each endpoint, in order per endpoint and chat', async () => {
    const { publisher, sent } = testBed([endpoint(1), endpoint(2)]);
    await publisher.publish(message('5511987654321'));
    await publisher.publish(message('5511987654321'));
    await publisher.publish(message('5511900000000'));
    expect(sent).toHaveLength(6);
    expect(sent[0]).toMatchObject({ url: 'events', dedup: `${envelope.eventId}#${endpoint(1).endpointId}` });
    expect(sent[0]?.group).toBe(sent[2]?.group);
    expect(sent[0]?.group).not.toBe(sent[1]?.group);
    expect(sent[0]?.group).not.toBe(sent[4]?.group);
    expect(sent[0]?.group).not.toContain('5511987654321');
  });
  it('queues an event for one endpoint as part of a replay, apart from its first time', async () => {
    const { publisher, sent, bed } = testBed([endpoint(1), endpoint(2)]);
    await publisher.publish(message('5511987654321'));
    const job = JobIdSchema.parse('job_0123456789abcdef');
    await publisher.publishTo(endpoint(2).endpointId, message('5511987654321'), job);
    expect(sent).toHaveLength(3);
    expect(sent[2]).toMatchObject({ url: 'events', group: sent[1]?.group, body: { replay: job } });
    expect(sent[2]?.dedup).toBe(`${sent[1]?.dedup}#${job}`);
    expect(sent[2]?.dedup?.length).toBeLessThanOrEqual(128);
    expect(bed.reads).toBe(1);
  });
  it('queues a session change on the fair lane, grouped by endpoint', async () => {
    const { publisher, sent } = testBed([endpoint(1)]);
    await publisher.publish(session);
    expect(sent).toMatchObject([{ url: 'bulk', group: endpoint(1).endpointId, dedup: undefined }]);
  });
  it('leaves out endpoints that did not ask for the kind or the session', async () => {
    const { publisher, sent, calls } = testBed([
      endpoint(1, { events: ['statuses'] }),
      endpoint(2, { session: { sessionId: '100200300', sessionUid: 'f'.repeat(24) } }),
      endpoint(3, { session: { sessionId: '100200300', sessionUid: uid } }),
    ]);
    await publisher.publish(message('1'));
    expect(sent.map(({ body }) => (body as { endpointId: string }).endpointId)).toEqual([endpoint(3).endpointId]);
    const nobody = testBed([]);
    await nobody.publisher.publish(session);
    expect([calls, nobody.calls]).toEqual([[1], []]);
  });
  it('sends at most ten in one call', async () => {
    const { publisher, calls } = testBed(Array.from({ length: 23 }, (_, n) => endpoint(n)));
    await publisher.publish(session);
    expect(calls).toEqual([10, 10, 3]);
  });
  it('reads the endpoints once in 30 s, and anew when told to forget them', async () => {
    const { publisher, bed, clock } = testBed([endpoint(1)]);
    await Promise.all([publisher.publish(session), publisher.publish(session)]);
    await clock.advance(29_999);
    await publisher.publish(session);
    expect(bed.reads).toBe(1);
    await clock.advance(1);
    await publisher.publish(session);
    expect(bed.reads).toBe(2);
    publisher.forget(accountId);
    await publisher.publish(session);
    expect(bed.reads).toBe(3);
  });
  it('sends entries again that SQS refused, and only those', async () => {
    const { publisher, bed, sent, calls, clock } = testBed([endpoint(1), endpoint(2)]);
    let refusals = 2;
    bed.refuse = (endpointId) => endpointId === endpoint(2).endpointId && refusals-- > 0;
    const published = publisher.publish(session);
    await clock.advance(100);
    await clock.advance(200);
    await published;
    expect(calls).toEqual([2, 1, 1]);
    expect(sent).toHaveLength(2);
  });
  it('fails when SQS keeps refusing', async () => {
    const { publisher, bed, clock } = testBed([endpoint(1)]);
    bed.refuse = () => true;
    const failure = expect(publisher.publish(session)).rejects.toThrow('InternalError');
    await clock.advance(5_000);
    await failure;
  });
  it('escapes the characters that SQS does not allow and JSON does', async () => {
    const { publisher, sent, bodies } = testBed([endpoint(1)]);
    const text = 'a\uFFFE\uFFFF\u0000b\uD800';
    const event = { ...message('1'), content: { type: 'text', text: { body: text } } } as Event;
    await publisher.publish(event);
    // SQS: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
    expect(bodies[0]).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
    expect(sent[0]?.body).toMatchObject({ event: { content: { text: { body: text } } } });
  });
});
