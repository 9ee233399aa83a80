import { WhatsAppAPI } from 'whatsapp-api-js';
import type { ServerMessageResponse } from 'whatsapp-api-js/types';
import type { World } from '../world.ts';

/** Meta's address is fixed in this client; it takes a `fetch` instead, as for platforms without one. */
const META = 'https://graph.facebook.com';

export function clientOf({ api, apiKey }: Pick<World, 'api' | 'apiKey'>): WhatsAppAPI {
  const toPombo: typeof fetch = (input, init) => fetch(addressOf(input).replace(META, api), init);
  return new WhatsAppAPI({ token: apiKey, secure: false, v: 'v24.0', ponyfill: { fetch: toPombo } });
}

const addressOf = (input: string | URL | Request): string => (input instanceof Request ? input.url : input.toString());

/** This client resolves with errors too. @throws Error with the error's JSON */
export function unlessRefused<T extends object>(answer: T): Exclude<T, { readonly error: object }> {
  if ('error' in answer) throw new Error(JSON.stringify(answer.error));
  return answer as Exclude<T, { readonly error: object }>;
}

export function wamidOf(answer: ServerMessageResponse): string {
  return unlessRefused(answer).messages[0].id;
}

/** A template of this client's own. It has no method to make one. */
export const TEMPLATE = 'whatsapp_api_js_pedido';
