import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { formatWamid, type WamidParts } from '#core/domain/wamid.ts';
import { type ApiTestBed, startApi } from '../../support/api-test-bed.ts';

const base = { messaging_product: 'whatsapp', to: '5511987654321' };
const read = { messaging_product: 'whatsapp', status: 'read' };

describe('messages about other messages', () => {
  let api: ApiTestBed;
  let id: string;
  let received: string;
  let sent: string;
  let foreign: string;

  beforeAll(async () => {
    api = await startApi();
  }, 60_000);
  afterAll(() => api.aws.stop());
  beforeEach(async () => {
    await api.reset();
    id = await api.newSession({ status: 'open' });
    const row = await makeSessionRepository({ dynamo: api.aws.documents, tableName: 'sessions' }).get(
      SessionIdSchema.parse(id),
    );
    const sessionUid = SessionUidSchema.parse(row?.sessionUid);
    const wamid = (parts: Pick<WamidParts, 'direction'>, uid = sessionUid): string =>
      formatWamid({
        sessionUid: uid,
        stanzaId: StanzaIdSchema.parse('3EB0C573E88CC2F2E3E437'),
        ...parts,
        ...(parts.direction === 'in' && { authorHash: '00112233aabbccdd' }),
      });
    received = wamid({ direction: 'in' });
    sent = wamid({ direction: 'out' });
    foreign = wamid({ direction: 'in' }, SessionUidSchema.parse('0'.repeat(24)));
  });

  const send = (body: object) => api.call(`POST /v23.0/${id}/messages`, { body });

  it('read receipts are queued for five minutes, with and without typing', async () => {
    for (const typing of [undefined, null, { type: 'text' }]) {
      const { status, json } = await send({ ...read, message_id: received, typing_indicator: typing });
      expect({ status, json }).toEqual({ status: 200, json: { success: true } });
      const [command] = (await api.aws.takeOutbound()) as { type: string; expiresAtMs: number; acceptedAtMs: number }[];
      expect(command).toMatchObject({ type: 'message.read', wamid: received, ...(typing && { typing: true }) });
      expect((command?.expiresAtMs ?? 0) - (command?.acceptedAtMs ?? 0)).toBe(300_000);
      expect('typing' in (command ?? {})).toBe(Boolean(typing));
    }
  });

  it('commands of every kind carry reply, forwarding, times and callback data', async () => {
    const { status } = await send({
      ...base,
      type: 'location',
      location: { latitude: 1, longitude: 2 },
      context: { message_id: received, forwarded: true },
      biz_opaque_callback_data: 'x',
      message_send_ttl_seconds: 60,
      not_before: Math.floor(Date.now() / 1000) + 3600,
    });
    expect(status).toBe(200);
    const [command] = (await api.aws.takeOutbound()) as Record<string, unknown>[];
    expect(command).toMatchObject({
      content: { type: 'location' },
      context: { wamid: received },
      forwarded: true,
      bizOpaqueCallbackData: 'x',
      notBeforeMs: expect.any(Number),
      expiresAtMs: expect.any(Number),
    });
  });

  it('marketing messages are templates', async () => {
    const post = (body: object) => api.call(`POST /v23.0/${id}/marketing_messages`, { body });
    expect((await post({ ...base, text: { body: 'oi' } })).error().code).toBe(131008);
    expect((await post({ ...base, type: 'text', text: { body: 'oi' } })).error()).toMatchObject({
      code: 131009,
      error_data: { details: 'type: must be template.' },
    });
    const template = { name: 'nowhere', language: { code: 'pt_BR' } };
    expect((await post({ ...base, type: 'template', template })).error().code).toBe(132001);
  });

  it('a recipient is named by their user id too; `to` goes before it', async () => {
    const text = { messaging_product: 'whatsapp', text: { body: 'oi' } };
    const { json } = await send({ ...text, recipient: 'BR.214748364700001' });
    expect(json).toMatchObject({ contacts: [{ input: 'BR.214748364700001', user_id: '214748364700001' }] });
    await send({ ...text, to: '5511987654321', recipient: '214748364700001' });
    const commands = (await api.aws.takeOutbound()) as { readonly to: object }[];
    expect(commands.map(({ to }) => to)).toEqual([
      { type: 'user', userId: '214748364700001' },
      { type: 'individual', phone: '5511987654321' },
    ]);
    expect((await send({ ...text, recipient: 'Ana' })).error()).toMatchObject({ code: 131009 });
    expect((await send(text)).error()).toMatchObject({ code: 131008, error_data: { details: 'to: is required.' } });
  });

  const reaction = (message_id: string) => ({ ...base, type: 'reaction', reaction: { message_id, emoji: '👍' } });
  const revoke = (original_message_id: string) => ({ ...base, type: 'revoke', revoke: { original_message_id } });
  const edit = (original_message_id: string) => {
    const message = { text: { body: 'x' } };
    return { ...base, type: 'edit', edit: { original_message_id, message } };
  };

  it('take ids of this number, of the right direction', async () => {
    for (const body of [reaction(received), reaction(sent), edit(sent), revoke(sent)]) {
      expect((await send(body)).status).toBe(200);
    }
    expect(await api.aws.takeOutbound()).toHaveLength(4);
  });

  it.each([
    [
      'a reply to another number’s message',
      () => ({ ...base, text: { body: 'x' }, context: { message_id: foreign } }),
      'context.message_id: is no message of this number',
    ],
    ['a reaction to it', () => reaction(foreign), 'reaction.message_id: is no message of this number'],
    ['an id of Meta’s', () => reaction('wamid.HBgNNTUxMTk4NzY1NDMyMRUCABEYEjA='), 'reaction.message_id: is no message'],
    [
      'an edit of what somebody else wrote',
      () => edit(received),
      'edit.original_message_id: must be a message that this number has sent',
    ],
    [
      'a revocation of it',
      () => revoke(received),
      'revoke.original_message_id: must be a message that this number has sent',
    ],
    [
      'a receipt for an own message',
      () => ({ ...read, message_id: sent }),
      'message_id: must be a message that this number has received',
    ],
    [
      'a receipt for another number’s',
      () => ({ ...read, message_id: foreign }),
      'message_id: is no message of this number',
    ],
    ['another status', () => ({ ...read, status: 'delivered', message_id: received }), 'status: must be read'],
    [
      'another indicator',
      () => ({ ...read, message_id: received, typing_indicator: { type: 'audio' } }),
      'typing_indicator.type: must be text',
    ],
  ])('refuses %s', async (_, body, sentence) => {
    const { status, error } = await send(body());
    expect({ status, code: error().code }).toEqual({ status: 400, code: 131009 });
    expect(error().error_data.details).toContain(sentence);
    expect(await api.aws.takeOutbound()).toEqual([]);
  });

  it('a receipt without message id lacks it; one for a number that is not linked is refused', async () => {
    expect((await send(read)).error()).toMatchObject({ code: 131008 });
    const other = await api.newSession({ status: 'logged_out' });
    const refused = await api.call(`POST /${other}/messages`, { body: { ...read, message_id: received } });
    // The message is the other number's.
    expect(refused.error().code).toBe(131009);
  });
});
