import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, MessageEvent } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { violationsOf } from '../contract/meta/webhooks.ts';
import type { Bed } from './connector-bed.ts';
import { startTyping } from './typing.ts';

const ME = '5511988880301';
const ANA = '5511988880302';
const BIA = '5511988880303';
const CAIO = '5511988880304';

let typing: Awaited<ReturnType<typeof startTyping>>;
let bed: Bed;

beforeAll(async () => {
  typing = await startTyping({ [ME]: 'Loja', [ANA]: 'Ana', [BIA]: 'Bia', [CAIO]: 'Caio' });
  ({ bed } = typing);
}, 60_000);
afterAll(() => bed.close());

const isChangeOf =
  (number: string, groupId?: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' &&
    event.content.type === 'system' &&
    event.from === number &&
    (groupId === undefined ? event.groupId === undefined : event.groupId === groupId);

describe('a person with a new number', () => {
  it('is told as Meta tells it, from the old number, and writes from the new one', async () => {
    await typing.typed(ANA, { text: 'Oi' });
    const now = '5511988880312';
    const { lid } = await bed.phones.changeNumber(ANA, now);
    const event = await bed.event(isChangeOf(ANA));
    expect(event.content).toEqual({
      type: 'system',
      system: {
        body: `User ${ANA} changed from ${ANA} to ${now}`,
        type: 'user_changed_number',
        wa_id: now,
        user_id: lid,
      },
    });
    expect(violationsOf(renderWebhook(event))).toEqual([]);
    expect(await typing.typed(now, { text: 'Sou eu' })).toMatchObject({ from: now });
    const { wamid } = await bed.sendMessage(
      typing.session,
      { type: 'individual', phone: ANA },
      {
        type: 'text',
        text: { body: 'Oi?', previewUrl: false },
      },
    );
    const failed = await bed.event(
      (each): each is Extract<Event, { type: 'status' }> => each.type === 'status' && each.wamid === wamid,
    );
    expect(failed).toMatchObject({ status: 'failed', errors: [{ code: 131026 }] });
  });

  it('is told in each of their groups too', async () => {
    const { jid } = await bed.phones.createGroup(ME, 'Turma', [BIA, CAIO]);
    await bed.phones.changeNumber(BIA, '5511988880313');
    const event = await bed.event(isChangeOf(BIA, jid.split('@')[0]));
    expect(event.content).toMatchObject({ system: { wa_id: '5511988880313' } });
    expect(violationsOf(renderWebhook(event))).toEqual([]);
  });

  it('is told once, also if nobody was there to hear it', async () => {
    await typing.typed(CAIO, { text: 'Oi' });
    await typing.connector.kill('SIGTERM');
    await bed.phones.changeNumber(CAIO, '5511988880314');
    await bed.startConnector();
    await bed.event(isChangeOf(CAIO), 30_000);
    await typing.typed(BIA.replace('303', '313'), { text: 'Depois' });
    expect(bed.queued.filter(isChangeOf(CAIO))).toHaveLength(1);
  });
});
