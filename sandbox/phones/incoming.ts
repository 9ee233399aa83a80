import { proto, unpadRandomMax16 } from '@whiskeysockets/baileys';
import { magicBehaviour } from '../magic-numbers.ts';
import { routeReceipt, takeAck } from '../server/receipts.ts';
import { inTransaction } from '../store/database.ts';
import { lidJid, parseJid } from '../store/jid.ts';
import type { MessageStatus } from '../store/message-log.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bytesOf, children, node } from '../wire/node.ts';
import { uploadAgain } from './media-retry.ts';
import { resend } from './outgoing.ts';
import { askAgain, retriesLeft } from './retry-requests.ts';
import { advance, show } from './screen.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/** Takes one stanza from the server and answers it as a phone does. */
export async function handleIncoming(device: SimulatedDevice, stanza: BinaryNode, seq: number): Promise<void> {
  switch (stanza.tag) {
    case 'message':
      await onMessage(device, stanza, seq);
      return;
    case 'receipt':
      await onReceipt(device, stanza);
      return;
    case 'notification':
      onNotification(device, stanza);
      return;
    case 'chatstate':
      onChatState(device, stanza);
      return;
    default:
      device.world.context.logger.debug({ tag: stanza.tag }, 'a phone does not know what to do with a stanza');
  }
}

async function onMessage(device: SimulatedDevice, stanza: BinaryNode, seq: number): Promise<void> {
  const keys: string[] = [];
  let message: proto.IMessage | undefined;
  try {
    if (isBlind(device, stanza)) throw new Error('this person cannot decrypt');
    for (const [index, enc] of children(stanza, 'enc').entries()) {
      const part = await decryptPart(device, stanza, enc, index);
      keys.push(part.key);
      message = { ...message, ...part.message };
    }
  } catch (error) {
    record(device, stanza, seq, false);
    device.world.context.logger.debug({ error: String(error) }, 'a phone could not decrypt');
    const from = stanza.attrs['participant'] ?? stanza.attrs['from'] ?? '';
    device.world.events.emit(device.address.number, { type: 'undecryptable', id: stanza.attrs['id'] ?? '', from });
    askAgain(device, stanza);
    return;
  }
  inTransaction(device.world.context.database, () => {
    record(device, stanza, seq, true);
    const isKnown = show(device, stanza, message ?? {});
    sendReceipt(device, stanza, isKnown);
    device.signal.forget(keys);
  });
}

function isBlind(device: SimulatedDevice, stanza: BinaryNode): boolean {
  const behaviour = magicBehaviour(device.address.number);
  return behaviour?.kind === 'cannot-decrypt' && retriesLeft(device, stanza, behaviour.failures);
}

async function decryptPart(
  device: SimulatedDevice,
  stanza: BinaryNode,
  enc: BinaryNode,
  index: number,
): Promise<{ readonly key: string; readonly message: proto.IMessage }> {
  const { id, from = '', participant } = stanza.attrs;
  const author = authorLid(device, participant ?? from);
  const key = `${from}|${participant ?? ''}|${id}|${index}`;
  const ciphertext = bytesOf(enc);
  if (!ciphertext) throw new Error('an encrypted part without bytes');
  const group = from.endsWith('@g.us') ? from : undefined;
  const type = enc.attrs['type'] ?? '';
  const plaintext = await device.signal.decrypt({ key, author, type, ciphertext, ...(group ? { group } : {}) });
  const message = proto.Message.decode(unpadRandomMax16(plaintext));
  const senderKey = message.senderKeyDistributionMessage;
  if (senderKey) await device.signal.acceptSenderKey(author, senderKey);
  return { key, message };
}

function authorLid(device: SimulatedDevice, jid: string): string {
  const { directory } = device.world.context;
  const person = directory.personOf(jid);
  if (!person) throw new Error(`a message from nobody: ${jid}`);
  return lidJid(person.lid, parseJid(jid)?.device ?? 0);
}

function record(device: SimulatedDevice, stanza: BinaryNode, seq: number, isDecrypted: boolean): void {
  const { id = '', type, from = '', participant } = stanza.attrs;
  device.world.log.recordStanza(device.address, seq, {
    id,
    tag: stanza.tag,
    type,
    from,
    participant,
    encryption: children(stanza, 'enc').map((enc) => enc.attrs['type'] ?? ''),
    timestampMs: device.world.context.clock.now(),
    device: device.address.device,
    isDecrypted,
  });
}

/**
 * The receipt leaves by itself; a read receipt follows when the person reads everything at once. Nobody reads a bubble twice,
 * so a message that comes again has none.
 */
function sendReceipt(device: SimulatedDevice, stanza: BinaryNode, isKnown: boolean): void {
  const { address, world } = device;
  const { id, from = '', participant, recipient, category } = stanza.attrs;
  const isOwn = world.context.directory.personOf(participant ?? from)?.number === address.number;
  const type = category === 'peer' ? 'peer_msg' : isOwn ? 'sender' : undefined;
  routeReceipt(world.context, address, node('receipt', { id, to: from, participant, recipient, type }));
  if (isOwn || isKnown || address.device !== 0) return;
  const behaviour = magicBehaviour(address.number)?.kind;
  const readsAtOnce = behaviour === 'reads-at-once' || behaviour === 'echo';
  if (!readsAtOnce && !world.context.directory.get(address.number).autoRead) return;
  routeReceipt(world.context, address, node('receipt', { id, to: from, participant, type: 'read' }));
}

const STATUS_OF_RECEIPT: Readonly<Record<string, MessageStatus>> = {
  '': 'delivered',
  inactive: 'delivered',
  read: 'read',
  played: 'played',
};

async function onReceipt(device: SimulatedDevice, receipt: BinaryNode): Promise<void> {
  const { world, address } = device;
  const { id = '', type = '' } = receipt.attrs;
  const ids = [id, ...children(children(receipt, 'list')[0], 'item').map((item) => item.attrs['id'] ?? '')];
  if (type === 'retry') await resend(device, receipt);
  if (type === 'server-error') await uploadAgain(device, receipt);
  const status = STATUS_OF_RECEIPT[type];
  for (const each of status && address.device === 0 ? ids : []) advance(device, each, status ?? 'sent');
  const { from, participant } = receipt.attrs;
  takeAck(world.context, address, node('ack', { id, class: 'receipt', to: from, type, participant }));
}

function onNotification(device: SimulatedDevice, notification: BinaryNode): void {
  const { id, from = '', type, participant } = notification.attrs;
  if (type === 'encrypt') device.uploadPreKeys();
  if (type === 'w:gp2' && device.address.device === 0) {
    const change = children(notification)[0]?.tag ?? 'unknown';
    device.world.events.emit(device.address.number, { type: 'group', jid: from, change });
  }
  takeAck(device.world.context, device.address, node('ack', { id, class: 'notification', to: from, participant }));
}

function onChatState(device: SimulatedDevice, chatState: BinaryNode): void {
  if (device.address.device !== 0) return;
  const from = device.world.context.directory.personOf(chatState.attrs['from'] ?? '')?.number ?? '';
  const state = children(chatState)[0]?.tag ?? 'unknown';
  device.world.events.emit(device.address.number, { type: 'chatstate', from, state });
}
