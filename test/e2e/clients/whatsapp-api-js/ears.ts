import { WhatsAppAPI } from 'whatsapp-api-js';
import type { GetParams, PostData } from 'whatsapp-api-js/types';
import type { ClientEars, Heard } from '../client-receiver.ts';

export const ears: ClientEars = {
  shakeHands: async (query, webhookVerifyToken) => {
    const api = new WhatsAppAPI({ token: 'any', secure: false, v: 'v24.0', webhookVerifyToken });
    return api.get(query as GetParams);
  },
  /** It hands on one message or status at a time, to listeners; echoes and calls are none of them. */
  hear: async ({ headers, body }, appSecret) => {
    const api = new WhatsAppAPI<Heard>({ token: 'any', appSecret, v: 'v24.0' });
    api.on.message = ({ message }) => ({ messages: [message], statuses: [] });
    api.on.status = ({ id, status }) => ({ messages: [], statuses: [{ id, status }] });
    const heard = await api.post(JSON.parse(body) as PostData, body, String(headers['x-hub-signature-256']));
    return heard ?? { messages: [], statuses: [] };
  },
};
