import type { Socket } from './open-socket.ts';
import type { OutgoingMessage } from './whatsapp-port.ts';

/**
 * The jid that a message goes to, undefined when the number is not on WhatsApp. Asks for the devices first, because
 * Baileys sends an empty stanza to nobody and calls it success (whatsapp.md, fact 5).
 * @throws when WhatsApp did not answer
 */
export async function recipientOf(socket: Socket, to: OutgoingMessage['to']): Promise<string | undefined> {
  if (to.type === 'group') return `${to.groupId}@g.us`;
  if (to.type === 'user') return (await hasDevices(socket, `${to.userId}@lid`)) ? `${to.userId}@lid` : undefined;
  const jid = `${to.phone}@s.whatsapp.net`;
  if (await hasDevices(socket, jid)) return jid;
  // A number may be registered in another form than it is written, as Brazilian ones without their ninth digit.
  const found = await socket.onWhatsApp(jid);
  if (!found) throw new Error('WhatsApp did not say whether the number is registered.');
  const registered = found.find(({ exists }) => exists)?.jid;
  if (registered === undefined) return undefined;
  if (await hasDevices(socket, registered)) return registered;
  throw new Error('WhatsApp named no device of a number that it knows.');
}

const hasDevices = async (socket: Socket, jid: string): Promise<boolean> =>
  (await socket.getUSyncDevices([jid], true, false)).length > 0;
