import type { Person } from '../store/directory.ts';
import { lidJid, pnJid } from '../store/jid.ts';
import { node } from '../wire/node.ts';
import { announceNumber } from './groups.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

/**
 * A person moves to another number, which nobody has: a new account with new keys, in the same groups. The old number is not on WhatsApp
 * any more. Whoever has a chat with it hears of it, and so does each group.
 * @param knownTo numbers that have a chat with the old one
 */
export function changeNumber(context: ServerContext, old: Person, wanted: string, knownTo: readonly string[]): Person {
  const { directory, groups } = context;
  const now = directory.ensure(wanted, old.name);
  if (!now) throw new Error(`${wanted} can be nobody's number.`);
  for (const group of groups.ofMember(old.number)) {
    const { isAdmin = false } = group.members.find(({ number }) => number === old.number) ?? {};
    groups.removeMember(group.jid, old.number);
    groups.setMember(group.jid, { number: now.number, isAdmin });
    announceNumber(context, group.jid, { old: old.number, now: now.number });
  }
  const names = { old: pnJid(old.number), new: pnJid(now.number), old_lid: lidJid(old.lid), new_lid: lidJid(now.lid) };
  for (const device of knownTo.flatMap((number) => context.devices.linkedDevices(number))) {
    const id = context.random(8).toString('hex').toUpperCase();
    const attrs = { id, from: pnJid(old.number), type: 'contacts', t: unixSeconds(context.clock) };
    context.switchboard.deliver(device, node('notification', attrs, [node('modify', names)]), 'notification');
  }
  directory.leave(old.number);
  return now;
}
