import type { Arrival, Receiver } from '../../local/receiver/receiver.ts';
import type { SandboxClient } from '../../sandbox/control-client.ts';
import { at, type Pombo, until } from './pombo.ts';

/** The webhook's JSON. */
export const bodyOf = (arrival: Arrival): unknown => JSON.parse(arrival.body.toString('utf8'));

/** `entry[0].changes[0].value` of a webhook. */
export const change = (arrival: Arrival): unknown => at(bodyOf(arrival), 'entry', 0, 'changes', 0, 'value');

/** Is this webhook the given status of the given message? */
export const isStatus =
  (wamid: string, status: string) =>
  (arrival: Arrival): boolean => {
    const first = at(change(arrival), 'statuses', 0);
    return at(first, 'id') === wamid && at(first, 'status') === status;
  };

/** Is this webhook a text with the given body? */
export const isMessage =
  (text: string) =>
  (arrival: Arrival): boolean =>
    at(change(arrival), 'messages', 0, 'text', 'body') === text;

/** Creates a session and lets a simulated phone scan its QR code; resolves when the session is open. */
export async function linkSession(
  pombo: Pombo,
  phones: SandboxClient,
  { session, phone }: { session: string; phone: string },
): Promise<void> {
  await pombo.call('POST', '/sessions', { id: session, name: 'Loja' });
  const pairing = await until(pombo, `/sessions/${session}/qr`, (body) => typeof at(body, 'qr') === 'string');
  await phones.scan(phone, String(at(pairing, 'qr')));
  await until(pombo, `/sessions/${session}`, (body) => at(body, 'status') === 'open');
}

/** Subscribes a receiver to everything; resolves with the secret. */
export async function subscribe(pombo: Pombo, receiver: Receiver): Promise<string> {
  const { body } = await pombo.call('POST', '/webhooks', {
    url: receiver.url,
    events: ['messages', 'statuses', 'sessions'],
  });
  return String(at(body, 'secret'));
}

/** Sends a text; resolves with its wamid. */
export async function sendText(pombo: Pombo, session: string, to: string, text: string): Promise<string> {
  const { body } = await pombo.call('POST', `/${session}/messages`, {
    messaging_product: 'whatsapp',
    to,
    text: { body: text },
  });
  return String(at(body, 'messages', 0, 'id'));
}
