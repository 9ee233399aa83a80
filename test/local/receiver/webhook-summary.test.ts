import { describe, expect, it } from 'vitest';
import { EventSchema } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { asciiJson } from '#core/domain/webhook-signature.ts';
import { summaryOf } from '../../../local/receiver/webhook-summary.ts';

const envelope = {
  version: 1,
  eventId: '0'.repeat(32),
  accountId: '123456789012345678',
  sessionId: '100200300',
  sessionUid: '0123456789abcdef01234567',
  displayPhoneNumber: '5511900000000',
  occurredAtMs: 1_795_132_800_000,
};
const shown = (event: object) =>
  summaryOf(Buffer.from(asciiJson(renderWebhook(EventSchema.parse({ ...envelope, ...event })))));

describe('summary of a webhook', () => {
  it('shows who wrote what, on one line and without control characters', () => {
    const content = { type: 'text', text: { body: 'Olá 🐦\n\u001b[31mvermelho' } };
    expect(shown({ type: 'message', wamid: 'wamid.A', from: '5511987654321', content })).toEqual({
      kind: 'message',
      session: '100200300',
      chat: '5511987654321',
      text: 'Olá 🐦 vermelho',
      messageId: 'wamid.A',
    });
  });

  it('shows the group of a group message', () => {
    const content = { type: 'text', text: { body: 'oi' } };
    expect(shown({ type: 'message', wamid: 'wamid.A', from: '55', groupId: '120363', content })).toMatchObject({
      chat: '120363',
    });
  });

  it.each<[object, string]>([
    [
      { type: 'image', image: { id: '1'.repeat(20), mime_type: 'image/png', sha256: 'x', caption: 'Olha' } },
      '(image) Olha',
    ],
    [{ type: 'location', location: { latitude: 1.5, longitude: 2, name: 'Sé' } }, '(location) Sé'],
    [{ type: 'contacts', contacts: [{ name: { formatted_name: 'Dora' } }] }, '(contacts) Dora'],
    [{ type: 'reaction', reaction: { message_id: 'wamid.B', emoji: '👍' } }, '(reaction) 👍'],
    [
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Sim' } } },
      '(interactive) Sim',
    ],
    [
      { type: 'edit', edit: { original_message_id: 'wamid.B', message: { type: 'text', text: { body: 'oi!' } } } },
      '(edit) oi!',
    ],
    [{ type: 'revoke', revoke: { original_message_id: 'wamid.B' } }, '(revoke)'],
    [
      {
        type: 'unsupported',
        errors: [],
        unsupported: { type: 'poll_update' },
        poll_update: { message_id: 'wamid.B', selected_options: ['Sim'] },
      },
      '(unsupported: poll_update) Sim',
    ],
  ])('shows what %j says as %s', (content, text) => {
    expect(shown({ type: 'message', wamid: 'wamid.A', from: '55', content })).toMatchObject({ kind: 'message', text });
  });

  it('shows echoes and calls', () => {
    const content = { type: 'text', text: { body: 'do celular' } };
    expect(shown({ type: 'echo', wamid: 'wamid.A', to: '55', content })).toMatchObject({
      kind: 'echo',
      chat: '55',
      text: 'do celular',
    });
    const call = { type: 'call', callId: 'C', call: 'terminate', outcome: 'FAILED', video: false, from: '55' };
    expect(shown(call)).toMatchObject({ kind: 'call', chat: '55', text: 'terminate FAILED', messageId: 'C' });
  });

  it('shows a status and its error', () => {
    const errors = [{ code: 131026, title: 'Message undeliverable', message: 'x' }];
    const status = { type: 'status', wamid: 'wamid.A', recipientId: '5511987654321', recipientType: 'individual' };
    expect(shown({ ...status, status: 'failed', errors })).toMatchObject({
      kind: 'failed',
      chat: '5511987654321',
      text: '131026 Message undeliverable',
    });
    expect(shown({ ...status, status: 'read' })).toMatchObject({ kind: 'read', text: '' });
  });

  it('shows a session and monitoring', () => {
    expect(shown({ type: 'session', status: 'logged_out', reason: 'Unlinked.' })).toMatchObject({
      kind: 'session',
      session: '100200300',
      text: 'logged_out Unlinked.',
    });
    expect(shown({ type: 'queue', report: 'queue.stats', data: { depth: 3 } })).toMatchObject({
      kind: 'queue.stats',
      text: '{"depth":3}',
    });
  });

  it('shows what it does not know as it is', () => {
    expect(summaryOf(Buffer.from('no json'))).toMatchObject({ kind: '?', text: 'no json' });
    expect(summaryOf(Buffer.from('{"a":1}'))).toMatchObject({ kind: '?', text: '{"a":1}' });
  });
});
