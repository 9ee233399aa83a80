import { expect } from 'vitest';
import type { ClientEars } from './client-receiver.ts';
import type { Attempt } from './client-under-test.ts';

/** A real webhook went through the client's check of the signature, and the same body with one other byte does not. */
export const verifies =
  (ears: ClientEars): Attempt =>
  async ({ hear, receiver }) => {
    const { wamid } = await hear(`assinado ${ears.shakeHands ? 'a' : 'b'} \u007f ç 👍🏽 \u2028`);
    await receiver.waitFor(({ messages }) => messages.some(({ id }) => id === wamid));
    const { last, secret } = receiver;
    if (!last) throw new Error('No webhook has arrived.');
    await expect(ears.hear({ ...last, body: last.body.replace('whatsapp', 'whatsap_') }, secret)).rejects.toThrow();
    await expect(ears.hear(last, `${secret}x`)).rejects.toThrow();
  };

/** A real message and the real statuses of one went through the client's reading of the body. */
export const reads: Attempt = async ({ hear, receiver, send }) => {
  const { wamid } = await hear('leia isto');
  const heard = await receiver.waitFor(({ messages }) => messages.some(({ id }) => id === wamid));
  expect(heard.messages).toMatchObject([{ id: wamid, type: 'text', text: { body: 'leia isto' } }]);
  const own = await send('e responda');
  for (const status of ['sent', 'delivered']) {
    await receiver.waitFor(({ statuses }) => statuses.some((each) => each.id === own && each.status === status));
  }
};

/** Pombo's handshake went through the client when the webhook was made, and one with another token does not. */
export const shakesHands: Attempt = async ({ receiver }) => {
  expect(receiver.handshakes).toBeGreaterThan(0);
  const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': '7', 'hub.verify_token': 'another' });
  const { status } = await fetch(`${receiver.url}?${query.toString()}`);
  expect(status).toBe(403);
};
