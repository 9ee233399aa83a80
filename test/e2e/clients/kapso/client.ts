import { type SendMessageResponse, WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import type { World } from '../world.ts';

/** The base URL is an option of the client's own. */
export const clientOf = ({ api, apiKey }: World): WhatsAppClient =>
  new WhatsAppClient({ baseUrl: api, accessToken: apiKey });

/** From whom and to whom. */
export const between = ({ phoneNumberId, person }: World) => ({ phoneNumberId, to: `+${person}` });

export function wamidOf({ messages }: SendMessageResponse): string {
  const [message] = messages;
  if (!message) throw new Error('The answer has no message.');
  return message.id;
}

/** A template of this client's own, made once. */
export const TEMPLATE = 'kapso_pedido';
