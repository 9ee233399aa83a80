import type { Group } from '../store/group-store.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { addressKey, lidJid, pnJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { child, children, node } from '../wire/node.ts';
import { copyFrom, passedOn } from './message-parts.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

const NOT_IN_THE_GROUP = 403;
const NO_SUCH_GROUP = 404;

/**
 * Queues a group message for every device of every member: the part that is encrypted for the group, and before it
 * the part for that very device (it carries the sender key) if there is one. Returns an error code when refused.
 */
export function routeGroupMessage(
  context: ServerContext,
  sender: DeviceAddress,
  message: BinaryNode,
): number | undefined {
  const group = context.groups.find(message.attrs['to'] ?? '');
  if (!group) return NO_SUCH_GROUP;
  if (!group.members.some((member) => member.number === sender.number)) return NOT_IN_THE_GROUP;
  const onlyFor = message.attrs['participant'];
  if (onlyFor !== undefined) {
    const address = context.directory.addressOf(onlyFor);
    if (!address) return NO_SUCH_GROUP;
    context.switchboard.deliver(address, inbound(context, group, sender, message), 'message');
    return undefined;
  }
  const own = new Map<string, readonly BinaryNode[]>();
  for (const each of children(child(message, 'participants'), 'to')) {
    const { jid, enc } = copyFrom(each);
    const address = context.directory.addressOf(jid);
    if (address) own.set(addressKey(address), enc);
  }
  for (const device of group.members.flatMap((member) => context.devices.linkedDevices(member.number))) {
    if (addressKey(device) === addressKey(sender)) continue;
    const stanza = inbound(context, group, sender, message);
    const first = own.get(addressKey(device)) ?? [];
    const content = [...first, ...children(stanza)];
    context.switchboard.deliver(device, node('message', stanza.attrs, content), 'message');
  }
  return undefined;
}

function inbound(context: ServerContext, group: Group, sender: DeviceAddress, message: BinaryNode): BinaryNode {
  const person = context.directory.get(sender.number);
  const isLid = group.addressing === 'lid';
  const attrs = {
    id: message.attrs['id'],
    from: group.jid,
    participant: context.directory.jidOf(sender, group.addressing),
    participant_pn: isLid ? pnJid(person.number) : undefined,
    participant_lid: isLid ? undefined : lidJid(person.lid),
    addressing_mode: group.addressing,
    type: message.attrs['type'],
    edit: message.attrs['edit'],
    t: unixSeconds(context.clock),
    notify: person.name,
  };
  return node('message', attrs, [...children(message, 'enc'), ...passedOn(message)]);
}
