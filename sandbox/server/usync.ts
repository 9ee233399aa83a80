import { magicBehaviour } from '../magic-numbers.ts';
import type { Person } from '../store/directory.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid, parseJid, pnJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bytesOf, child, children, node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';

/** Answers an IQ of the namespace `usync`: who is on WhatsApp, with which devices, under which LID. */
export function answerUsync(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] | undefined {
  const usync = child(iq, 'usync');
  if (!usync) return undefined;
  const protocols = children(child(usync, 'query')).map((each) => each.tag);
  const users = children(child(usync, 'list'), 'user').flatMap((user) => answerUser(context, from, user, protocols));
  return [
    node('usync', { ...usync.attrs }, [
      node(
        'result',
        {},
        protocols.map((protocol) => node(protocol)),
      ),
      node('list', {}, users),
    ]),
  ];
}

function answerUser(
  context: ServerContext,
  from: DeviceAddress,
  user: BinaryNode,
  protocols: readonly string[],
): BinaryNode[] {
  const phone = bytesOf(child(user, 'contact'))?.toString('utf8');
  const asked = user.attrs['jid'];
  const person = asked === undefined ? context.directory.ensure(phone ?? '') : context.directory.personOf(asked);
  if (!person) {
    // A contact query is answered for numbers that are not on WhatsApp too; every other protocol leaves them out.
    if (phone === undefined || !protocols.includes('contact')) return [];
    return [node('user', { jid: pnJid(phone.replace(/\D/g, '')) }, [node('contact', { type: 'out' }, phone)])];
  }
  const isWatched = protocols.includes('devices') && context.devices.find(from)?.kind === 'companion';
  if (isWatched) context.devices.addWatcher(person.number, asked?.endsWith('@lid') ? 'lid' : 'pn', from);
  const jid = asked === undefined ? pnJid(person.number) : bareJid(asked);
  return [
    node(
      'user',
      { jid },
      protocols.flatMap((protocol) => answerProtocol(context, person, protocol, phone)),
    ),
  ];
}

function answerProtocol(
  context: ServerContext,
  person: Person,
  protocol: string,
  phone: string | undefined,
): BinaryNode[] {
  switch (protocol) {
    case 'devices':
      return [node('devices', {}, [node('device-list', {}, deviceList(context, person.number))])];
    case 'lid':
      return [node('lid', { val: lidJid(person.lid) })];
    case 'contact':
      return [node('contact', { type: 'in' }, phone)];
    case 'status':
      return [statusOf(context, person.number)];
    default:
      return [];
  }
}

function statusOf({ profiles }: ServerContext, number: string): BinaryNode {
  const { about, aboutMs } = profiles.find(number);
  return node('status', { t: Math.floor(aboutMs / 1000) }, about);
}

function deviceList(context: ServerContext, number: string): BinaryNode[] {
  if (magicBehaviour(number)?.kind === 'devices-unnamed') return [];
  return context.devices
    .linkedDevices(number)
    .map(({ device, keyIndex }) => node('device', { id: device, 'key-index': device === 0 ? undefined : keyIndex }));
}

function bareJid(jid: string): string {
  const parts = parseJid(jid);
  return parts ? `${parts.user}@${parts.server}` : jid;
}
