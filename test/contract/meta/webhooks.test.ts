import { describe, expect, it } from 'vitest';
import { type EventDelivery, EventDeliverySchema } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { recorded } from '../recorded-contracts.ts';
import { violationsOf } from './webhooks.ts';

const deliveries: readonly EventDelivery[] = ['v0.1', 'next'].flatMap((release) =>
  recorded(release, 'event-deliveries').map((delivery) => EventDeliverySchema.parse(delivery)),
);
/** Fields of our own, which Meta's clients skip. */
const OURS: readonly string[] = ['session', 'queue'];

describe('webhooks', () => {
  it.each(
    deliveries
      .filter(({ event }) => !OURS.includes(event.type))
      // The contract is wider than what happens: WhatsApp says nothing of our own number this way.
      .filter(({ event }) => !(event.type === 'echo' && event.content.type === 'system'))
      .map(({ event }) => ({ event, kind: 'content' in event ? event.content.type : '' })),
  )('of $event.type $kind are as Meta describes them', ({ event }) => {
    expect(violationsOf(renderWebhook(event))).toEqual([]);
  });

  it.each([
    ['an empty list', { statuses: [] }],
    ['a time in numbers', { timestamp: 1_760_000_000 }],
    ['an unknown kind', { type: 'ptv' }],
    ['no id', { id: undefined }],
  ])('with %s are refused', (_, change) => {
    const message = { from: '55', id: 'wamid.X', timestamp: '1760000000', type: 'text', text: { body: 'oi' } };
    const metadata = { display_phone_number: '55', phone_number_id: '1' };
    const contacts = [{ profile: { name: 'A' }, wa_id: '55' }];
    const { statuses, ...changed } = change as { statuses?: unknown };
    const value = {
      messaging_product: 'whatsapp',
      metadata,
      contacts,
      messages: [{ ...message, ...changed }],
      statuses,
    };
    const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] };
    expect(violationsOf(body)).not.toEqual([]);
  });
});
