import type { Addressing, DeviceAddress } from '../store/jid.ts';
import { parseJid } from '../store/jid.ts';
import type { StanzaClass } from '../store/stanza-queue.ts';
import type { BinaryNode } from '../wire/node.ts';
import { children, node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

/** Receipts that concern the author of the message; the others end at the server. */
const PASSED_ON = new Set(['', 'inactive', 'read', 'played', 'retry']);

/** Takes a receipt from a device: drops the message from its queue and tells the author. */
export function routeReceipt(context: ServerContext, from: DeviceAddress, receipt: BinaryNode): void {
  const { id = '', type = '', to, participant, recipient } = receipt.attrs;
  const ids = [id, ...children(children(receipt, 'list')[0], 'item').map((item) => item.attrs['id'] ?? '')];
  if (type === 'server-error') return askPhone(context, from, receipt);
  // A retry receipt says that the message could not be read; the ack with an error that follows takes it off the queue.
  if (type !== 'retry') {
    const sender = recipient === undefined ? to : undefined;
    for (const each of ids) context.queue.acknowledge(from, { class: 'message', id: each, sender, participant });
  }
  if (PASSED_ON.has(type) && to !== undefined) passOn(context, from, receipt);
}

/** Takes an acknowledgement from a device and drops what it acknowledges from the queue. */
export function takeAck(context: ServerContext, from: DeviceAddress, ack: BinaryNode): void {
  const { id = '', class: stanzaClass, type, to, participant } = ack.attrs;
  if (!isQueued(stanzaClass)) return;
  const kind = stanzaClass === 'receipt' ? (type ?? '') : undefined;
  context.queue.acknowledge(from, { class: stanzaClass, id, kind, sender: to, participant });
}

function isQueued(stanzaClass: string | undefined): stanzaClass is StanzaClass {
  return stanzaClass === 'message' || stanzaClass === 'receipt' || stanzaClass === 'notification';
}

function passOn(context: ServerContext, from: DeviceAddress, receipt: BinaryNode): void {
  const { id, type, to = '', participant, recipient } = receipt.attrs;
  const isGroup = to.endsWith('@g.us');
  const authorJid = isGroup || to.endsWith('@broadcast') ? (participant ?? '') : to;
  const author = context.directory.addressOf(authorJid);
  if (!author || (author.number === from.number && type !== 'retry')) return;
  const reader = context.directory.jidOf(from, addressingOf(authorJid));
  const attrs = {
    id,
    from: isGroup ? to : reader,
    participant: isGroup ? reader : undefined,
    recipient,
    type,
    t: unixSeconds(context.clock),
  };
  const stanza = node('receipt', attrs, receipt.content);
  // Only the device that wrote the message can send it again; the ticks concern all devices of the author.
  const targets = type === 'retry' ? [author] : context.devices.linkedDevices(author.number);
  for (const target of targets) {
    if (context.devices.find(target)?.state === 'linked') context.switchboard.deliver(target, stanza, 'receipt');
  }
}

/** A companion's file is gone: its phone is asked for it. */
function askPhone(context: ServerContext, from: DeviceAddress, { attrs, content }: BinaryNode): void {
  const asker = context.directory.jidOf(from, 'pn');
  const question = { id: attrs['id'], from: asker, type: 'server-error', t: unixSeconds(context.clock) };
  context.switchboard.deliver({ number: from.number, device: 0 }, node('receipt', question, content), 'receipt');
}

/** How a jid names its user. */
function addressingOf(jid: string): Addressing {
  return parseJid(jid)?.server === 'lid' ? 'lid' : 'pn';
}
