import { Client } from '@great-detail/whatsapp';
import type { World } from '../world.ts';

/** The base URL is an option of the client's own. */
export const clientOf = ({ api, apiKey }: World): Client =>
  new Client({ baseUrl: api, request: { headers: { Authorization: `Bearer ${apiKey}` }, retry: 0 } });

/** Waits for an answer; this client throws errors of HTTP, whose body says more. */
export async function answerOf<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new Error(`${String(error)} ${JSON.stringify(Reflect.get(Object(error), 'data'))}`, { cause: error });
  }
}

/** A template of this client's own, made once. */
export const TEMPLATE = 'great_detail_pedido';
