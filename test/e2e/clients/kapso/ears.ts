import { normalizeWebhook, verifySignature } from '@kapso/whatsapp-cloud-api/server';
import type { ClientEars } from '../client-receiver.ts';

/** It has functions for the signature and the body; the handshake is left to its users. */
export const ears: ClientEars = {
  hear: async ({ headers, body }, appSecret) => {
    const signatureHeader = String(headers['x-hub-signature-256']);
    if (!verifySignature({ appSecret, rawBody: body, signatureHeader })) throw new Error('The signature is wrong.');
    const { messages, statuses } = normalizeWebhook(JSON.parse(body));
    return { messages, statuses };
  },
};
