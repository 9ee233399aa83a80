import { describe, expect, it } from 'vitest';
import { EventSchema } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';

const envelope = {
  version: 1,
  eventId: '0123456789abcdef0123456789abcdef',
  accountId: '123456789012345678',
  sessionId: '100200300',
  sessionUid: '0123456789abcdef01234567',
  displayPhoneNumber: '5511911112222',
  occurredAtMs: 1_795_132_800_999,
};
const render = (event: object): unknown =>
  JSON.parse(JSON.stringify(renderWebhook(EventSchema.parse({ ...envelope, ...event }))));
const envelopeOf = (field: string, value: object) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '123456789012345678',
      changes: [
        {
          field,
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '5511911112222', phone_number_id: '100200300' },
            ...value,
          },
        },
      ],
    },
  ],
});

describe('renderWebhook', () => {
  it('renders a text as Meta does', () => {
    const event = {
      type: 'message',
      wamid: 'wamid.X',
      from: '5511987654321',
      fromUserId: '99',
      profileName: 'Ana',
      content: { type: 'text', text: { body: 'oi' } },
    };
    expect(render(event)).toEqual(
      envelopeOf('messages', {
        contacts: [{ profile: { name: 'Ana' }, wa_id: '5511987654321', user_id: '99' }],
        messages: [
          {
            from: '5511987654321',
            from_user_id: '99',
            id: 'wamid.X',
            timestamp: '1795132800',
            type: 'text',
            text: { body: 'oi' },
          },
        ],
      }),
    );
  });
  it('renders a reply in a group of somebody without a known number', () => {
    const event = {
      type: 'message',
      wamid: 'wamid.X',
      fromUserId: '99',
      groupId: '120363',
      context: { id: 'wamid.Y', from: '5511911112222' },
      content: { type: 'text', text: { body: 'oi' } },
    };
    expect(render(event)).toEqual(
      envelopeOf('messages', {
        contacts: [{ profile: { name: '99' }, user_id: '99' }],
        messages: [
          {
            context: { from: '5511911112222', id: 'wamid.Y' },
            from_user_id: '99',
            group_id: '120363',
            id: 'wamid.X',
            timestamp: '1795132800',
            type: 'text',
            text: { body: 'oi' },
          },
        ],
      }),
    );
  });
  it('renders a failed status with its error', () => {
    const error = { code: 131026, title: 'Message undeliverable', message: 'Message undeliverable' };
    const event = {
      type: 'status',
      wamid: 'wamid.X',
      status: 'failed',
      recipientId: '5511987654321',
      recipientType: 'individual',
      bizOpaqueCallbackData: 'order-7',
      errors: [error],
    };
    expect(render(event)).toEqual(
      envelopeOf('messages', {
        statuses: [
          {
            id: 'wamid.X',
            status: 'failed',
            timestamp: '1795132800',
            recipient_id: '5511987654321',
            recipient_type: 'individual',
            biz_opaque_callback_data: 'order-7',
            errors: [{ ...error, href: expect.stringContaining('error-codes') as string }],
          },
        ],
      }),
    );
  });
  it('renders a session change under a field that Meta’s clients skip', () => {
    expect(render({ type: 'session', status: 'logged_out', reason: 'Unlinked on the phone.' })).toEqual(
      envelopeOf('session_update', {
        session: { id: '100200300', status: 'logged_out', reason: 'Unlinked on the phone.', timestamp: '1795132800' },
      }),
    );
  });
});
