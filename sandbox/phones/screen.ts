import { proto } from '@whiskeysockets/baileys';
import { parseJid } from '../store/jid.ts';
import type { MessageStatus, PhoneMessage, ShownContent } from '../store/message-log.ts';
import type { BinaryNode } from '../wire/node.ts';
import { readContent } from './reading/read-content.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/**
 * Puts a message on the screen. Further devices of a person show nothing of their own: the phone has it all.
 * @returns whether it was there before
 */
export function show(device: SimulatedDevice, stanza: BinaryNode, decrypted: proto.IMessage): boolean {
  const { world, address } = device;
  if (address.device !== 0 || stanza.attrs['category'] === 'peer') return false;
  const sent = decrypted.deviceSentMessage;
  const message = sent?.message ?? decrypted;
  const content = readContent(message);
  if (!content) return false;
  const encoded = proto.Message.encode(message).finish();
  const shown = world.log.show(address.number, bubble(device, stanza, sent?.destinationJid, content), encoded);
  applyToTarget(device, shown, content);
  world.events.emit(address.number, { type: 'message', message: shown });
  return shown.arrivals > 1;
}

function bubble(
  device: SimulatedDevice,
  stanza: BinaryNode,
  destinationJid: string | null | undefined,
  content: ShownContent,
): PhoneMessage {
  const { directory } = device.world.context;
  const { id = '', from = '', participant, recipient, notify, t = '0' } = stanza.attrs;
  const numberOf = (jid: string): string => directory.personOf(jid)?.number ?? jid;
  const author = numberOf(participant ?? from);
  const fromMe = author === device.address.number;
  const isList = from.endsWith('@broadcast');
  return {
    id,
    chat: from.endsWith('@g.us') ? from : numberOf(recipient ?? destinationJid ?? (isList ? author : from)),
    author,
    fromMe,
    authorDevice: parseJid(participant ?? from)?.device ?? 0,
    timestampMs: Number(t) * 1000,
    pushName: notify,
    ...content,
    status: fromMe ? 'sent' : undefined,
    arrivals: 1,
  };
}

function applyToTarget(device: SimulatedDevice, shown: PhoneMessage, content: ShownContent): void {
  const { log } = device.world;
  if (!content.targetId || (content.kind !== 'edit' && content.kind !== 'revoke')) return;
  log.change(device.address.number, content.targetId, (target) => {
    if (target.chat !== shown.chat || target.author !== shown.author) return undefined;
    return content.kind === 'edit'
      ? { ...target, text: content.text, isEdited: true }
      : { ...target, text: undefined, media: undefined, isRevoked: true };
  });
}

const PROGRESS: readonly MessageStatus[] = ['failed', 'pending', 'sent', 'delivered', 'read', 'played'];

/** Moves a message of this phone forward, never back. */
export function advance(device: SimulatedDevice, id: string, status: MessageStatus): void {
  const { number } = device.address;
  const changed = device.world.log.change(number, id, (message) => {
    if (!message.fromMe || PROGRESS.indexOf(message.status ?? 'pending') >= PROGRESS.indexOf(status)) return undefined;
    return { ...message, status };
  });
  for (const message of changed) device.world.events.emit(number, { type: 'status', message });
}
