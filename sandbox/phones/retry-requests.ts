import { encodeBigEndian, KEY_BUNDLE_TYPE, xmppPreKey, xmppSignedPreKey } from '@whiskeysockets/baileys';
import { routeReceipt, takeAck } from '../server/receipts.ts';
import type { BinaryNode } from '../wire/node.ts';
import { children, node } from '../wire/node.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/** How often a device asks for one message again before it gives up, as WhatsApp's clients do. */
const MOST_RETRIES = 5;
/** What a device answers for a stanza that it could not decrypt (unhandled error). */
const NACK_UNHANDLED = 500;
/** From the second request on, the device sends its keys along so that a new session can begin. */
const KEYS_FROM_REQUEST = 2;

const requests = new WeakMap<SimulatedDevice, Map<string, number>>();

function countFor(device: SimulatedDevice): Map<string, number> {
  const known = requests.get(device);
  if (known) return known;
  const counts = new Map<string, number>();
  requests.set(device, counts);
  return counts;
}

function keyOf(stanza: BinaryNode): string {
  return `${stanza.attrs['from']}|${stanza.attrs['participant'] ?? ''}|${stanza.attrs['id']}`;
}

/** Whether fewer than `failures` copies of that message have failed so far. */
export function retriesLeft(device: SimulatedDevice, stanza: BinaryNode, failures: number): boolean {
  return (countFor(device).get(keyOf(stanza)) ?? 0) < failures;
}

/** Refuses a message that could not be decrypted and asks its author for another copy, five times at most. */
export function askAgain(device: SimulatedDevice, stanza: BinaryNode): void {
  const { id, from = '', participant, recipient, t } = stanza.attrs;
  const { context } = device.world;
  const counts = countFor(device);
  const count = (counts.get(keyOf(stanza)) ?? 0) + 1;
  counts.set(keyOf(stanza), count);
  if (count <= MOST_RETRIES) {
    const content = [
      node('retry', { count, id, t, v: 1, error: 0 }),
      node('registration', {}, encodeBigEndian(device.signal.creds.registrationId)),
      ...(count >= KEYS_FROM_REQUEST ? [keysNode(device)] : []),
    ];
    const attrs = { id, to: from, participant, recipient, type: 'retry' };
    routeReceipt(context, device.address, node('receipt', attrs, content));
  }
  const ack = node('ack', { id, class: 'message', to: from, participant, error: NACK_UNHANDLED });
  takeAck(context, device.address, ack);
}

function keysNode(device: SimulatedDevice): BinaryNode {
  const { signedIdentityKey, signedPreKey } = device.signal.creds;
  const [preKey] = device.signal.makePreKeys(1);
  const oneTime = preKey ? [xmppPreKey({ public: preKey.value, private: Buffer.alloc(0) }, preKey.id)] : [];
  return node('keys', {}, [
    node('type', {}, KEY_BUNDLE_TYPE),
    node('identity', {}, signedIdentityKey.public),
    ...oneTime,
    xmppSignedPreKey(signedPreKey),
  ]);
}

/** The keys that a retry receipt carries, if it carries any. */
export function keysOf(receipt: BinaryNode): BinaryNode | undefined {
  return children(receipt, 'keys')[0];
}
