import type { DeviceAddress } from '../store/jid.ts';
import { parseJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';

/** Passes "is typing" on to those devices of the other person that are on line now. */
export function routeChatState(context: ServerContext, from: DeviceAddress, chatState: BinaryNode): void {
  const to = chatState.attrs['to'] ?? '';
  const target = context.directory.personOf(to);
  if (!target) return;
  const addressing = parseJid(to)?.server === 'lid' ? 'lid' : 'pn';
  const stanza = node('chatstate', { from: context.directory.jidOf(from, addressing) }, chatState.content);
  for (const device of context.devices.linkedDevices(target.number)) context.switchboard.whisper(device, stanza);
}
