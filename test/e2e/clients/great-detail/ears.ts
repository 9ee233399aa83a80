import { Client } from '@great-detail/whatsapp';
import type { ClientEars, Heard, WebhookRequest } from '../client-receiver.ts';

const { webhook } = new Client();

const asText = ({ headers }: WebhookRequest): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

export const ears: ClientEars = {
  shakeHands: async (query, verifyToken) => {
    const registration = await webhook.register({ method: 'GET', query, headers: {} });
    if (registration.verifyToken !== verifyToken) throw new Error('The token is wrong.');
    return registration.accept();
  },
  hear: async (request, secret) => {
    const headers = asText(request);
    const event = await webhook.eventNotification({ method: 'POST', query: {}, headers, body: request.body });
    await event.verifySignature(secret);
    const [change] = event.eventNotification.entry[0]?.changes ?? [];
    const value = (change && 'value' in change ? change.value : {}) as Partial<Heard>;
    return { messages: value.messages ?? [], statuses: value.statuses ?? [] };
  },
};
