import { proto, writeRandomPadMax16 } from '@whiskeysockets/baileys';
import { answerIq } from '../server/account-queries.ts';
import type { Verdict } from '../server/routing.ts';
import type { Addressing } from '../store/jid.ts';
import { lidJid, parseJid, pnJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { child, children, node, SERVER_JID } from '../wire/node.ts';
import { keysOf } from './retry-requests.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Composed } from './writing/composed.ts';

/** A message that a phone sends. */
export interface Outgoing extends Composed {
  readonly id: string;
  /** A person's number or a group's jid. */
  readonly chat: string;
  readonly addressing: Addressing;
  /** Jid of the broadcast list that the person in the chat is on, if it goes through one. */
  readonly list?: string | undefined;
}

interface Target {
  /** As the stanza names the device. */
  readonly jid: string;
  /** As the ratchets name it. */
  readonly lid: string;
  readonly isOwn: boolean;
}

/** Encrypts a message for every device that gets it and hands it to the server. Returns the server's verdict. */
export async function send(device: SimulatedDevice, outgoing: Outgoing): Promise<Verdict> {
  device.provision();
  const stanza = outgoing.chat.endsWith('@g.us')
    ? await groupStanza(device, outgoing)
    : await directStanza(device, outgoing);
  return device.world.router.route(device.address, stanza);
}

async function directStanza(device: SimulatedDevice, outgoing: Outgoing): Promise<BinaryNode> {
  const { directory } = device.world.context;
  const to = directory.get(outgoing.chat);
  const own = directory.get(device.address.number);
  const numbers = [...new Set([to.number, own.number])];
  const targets = numbers.flatMap((number) => targetsOf(device, number, outgoing.addressing));
  const destinationJid = outgoing.list ?? (outgoing.addressing === 'lid' ? lidJid(to.lid) : pnJid(to.number));
  const copy = { deviceSentMessage: { destinationJid, message: outgoing.message } };
  const participants = await encryptFor(device, targets, outgoing, (isOwn) => (isOwn ? copy : outgoing.message));
  return node('message', stanzaAttributes(outgoing, destinationJid), [node('participants', {}, participants)]);
}

async function groupStanza(device: SimulatedDevice, outgoing: Outgoing): Promise<BinaryNode> {
  const group = device.world.context.groups.find(outgoing.chat);
  if (!group) throw new Error(`There is no group ${outgoing.chat}.`);
  const plaintext = pad(outgoing.message);
  const { ciphertext, senderKey } = await device.signal.encryptForGroup(group.jid, device.ownLid, plaintext);
  const holders = device.signal.senderKeyHolders(group.jid);
  const targets = group.members
    .flatMap((member) => targetsOf(device, member.number, group.addressing))
    .filter((target) => !holders.has(target.lid));
  const distribution = {
    senderKeyDistributionMessage: { groupId: group.jid, axolotlSenderKeyDistributionMessage: senderKey },
  };
  const participants = await encryptFor(device, targets, outgoing, () => distribution);
  device.signal.setSenderKeyHolders(group.jid, new Set([...holders, ...targets.map((target) => target.lid)]));
  const attrs = { ...stanzaAttributes(outgoing, group.jid), addressing_mode: group.addressing };
  const enc = node('enc', { v: 2, type: 'skmsg', mediatype: outgoing.mediaType }, ciphertext);
  return node('message', attrs, [...(participants.length > 0 ? [node('participants', {}, participants)] : []), enc]);
}

function stanzaAttributes({ id, type, edit }: Outgoing, to: string): Record<string, string | undefined> {
  return { id, to, type, edit };
}

/** Asks the server for a person's devices and leaves this one out. */
function targetsOf(device: SimulatedDevice, number: string, addressing: Addressing): Target[] {
  const { context } = device.world;
  const { lid } = context.directory.get(number);
  const isOwn = number === device.address.number;
  const query = node('query', {}, [node('devices', { version: 2 }), node('lid')]);
  const list = node('list', {}, [node('user', { jid: pnJid(number) })]);
  const usync = node('usync', { context: 'message', mode: 'query' }, [query, list]);
  const iq = node('iq', { to: SERVER_JID, type: 'get', xmlns: 'usync' }, [usync]);
  const [answer] = answerIq(context, device.address, iq);
  const user = child(child(answer, 'list'), 'user');
  return children(child(child(user, 'devices'), 'device-list'), 'device')
    .map((each) => Number(each.attrs['id']))
    .filter((id) => !isOwn || id !== device.address.device)
    .map((id) => ({
      jid: addressing === 'lid' ? lidJid(lid, id) : pnJid(number, id),
      lid: lidJid(lid, id),
      isOwn,
    }));
}

async function encryptFor(
  device: SimulatedDevice,
  targets: readonly Target[],
  outgoing: Outgoing,
  contentFor: (isOwn: boolean) => proto.IMessage,
): Promise<BinaryNode[]> {
  const copies: BinaryNode[] = [];
  for (const { jid, lid, isOwn } of targets) {
    if (!(await device.signal.hasSession(lid)) && !(await openSession(device, lid))) continue;
    const { type, ciphertext } = await device.signal.encrypt(lid, pad(contentFor(isOwn)));
    const enc = node('enc', { v: 2, type, mediatype: outgoing.mediaType }, ciphertext);
    copies.push(node('to', { jid }, [enc]));
  }
  return copies;
}

/** Fetches a device's keys and starts a session. Returns whether the device has keys at all. */
async function openSession(device: SimulatedDevice, lid: string): Promise<boolean> {
  const key = node('key', {}, [node('user', { jid: lid })]);
  const iq = node('iq', { to: SERVER_JID, type: 'get', xmlns: 'encrypt' }, [key]);
  const [answer] = answerIq(device.world.context, device.address, iq);
  const bundle = child(answer, 'user');
  if (!bundle) return false;
  await device.signal.startSession(lid, bundle);
  return true;
}

function pad(message: proto.IMessage): Buffer {
  return writeRandomPadMax16(proto.Message.encode(message).finish());
}

/** Control messages of a phone to one of its own companions. */
export async function sendPeer(device: SimulatedDevice, companion: string, message: proto.IMessage): Promise<void> {
  device.provision();
  if (!(await device.signal.hasSession(companion)) && !(await openSession(device, companion))) return;
  const { type, ciphertext } = await device.signal.encrypt(companion, pad(message));
  const { number } = device.address;
  const id = `3A${device.world.context.random(9).toString('hex').toUpperCase()}`;
  const to = pnJid(number, parseJid(companion)?.device ?? 0);
  const enc = node('enc', { v: 2, type }, ciphertext);
  device.world.router.route(device.address, node('message', { id, to, type: 'text', category: 'peer' }, [enc]));
}

/** Sends a message once more, in a fresh session, to the one device that could not read it. */
export async function resend(device: SimulatedDevice, receipt: BinaryNode): Promise<void> {
  const { id = '', from = '', participant } = receipt.attrs;
  const { context, log } = device.world;
  const encoded = log.ownProto(device.address.number, id);
  const asker = participant ?? from;
  const person = context.directory.personOf(asker);
  if (!encoded || !person) return;
  const lid = lidJid(person.lid, parseJid(asker)?.device ?? 0);
  const keys = keysOf(receipt);
  if (keys) await device.signal.startSession(lid, keys, receipt);
  else if (!(await openSession(device, lid))) return;
  const content = await resendContent(device, receipt, encoded);
  const { type, ciphertext } = await device.signal.encrypt(lid, writeRandomPadMax16(content));
  const count = child(receipt, 'retry')?.attrs['count'] ?? '1';
  const isGroup = from.endsWith('@g.us');
  const attrs = {
    id,
    to: from,
    participant: isGroup ? asker : undefined,
    recipient: receipt.attrs['recipient'],
    type: 'text',
    device_fanout: isGroup ? undefined : 'false',
  };
  const enc = node('enc', { v: 2, type, count }, ciphertext);
  device.world.router.route(device.address, node('message', attrs, [enc]));
}

async function resendContent(device: SimulatedDevice, receipt: BinaryNode, encoded: Uint8Array): Promise<Uint8Array> {
  const { from = '', recipient } = receipt.attrs;
  const message = proto.Message.decode(encoded);
  if (from.endsWith('@g.us')) {
    const senderKey = await device.signal.senderKey(from, device.ownLid);
    const senderKeyDistributionMessage = { groupId: from, axolotlSenderKeyDistributionMessage: senderKey };
    message.senderKeyDistributionMessage = senderKeyDistributionMessage;
    return proto.Message.encode(message).finish();
  }
  if (recipient === undefined) return encoded;
  return proto.Message.encode({ deviceSentMessage: { destinationJid: recipient, message } }).finish();
}
