import type { Group, GroupMember } from '../store/group-store.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid, pnJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bytesOf, child, children, node } from '../wire/node.ts';
import { answerInvite, changeDescription } from './group-texts.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

const NOT_FOUND = '404';
const FORBIDDEN = '403';
const CONFLICT = '409';
const ADMINS_ONLY: ReadonlySet<string> = new Set(['add', 'remove', 'promote', 'demote']);

/** Answers an IQ of the namespace `w:g2`; undefined when the group is unknown or the question is. */
export function answerGroups(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] {
  const to = iq.attrs['to'] ?? '';
  if (child(iq, 'participating')) {
    const groups = context.groups.ofMember(from.number).map((group) => groupNode(context, group));
    return [node('groups', {}, groups)];
  }
  const create = child(iq, 'create');
  if (create) return [groupNode(context, createFromIq(context, from, create))];
  const leave = child(iq, 'leave');
  if (leave) return leaveGroups(context, from, leave);
  const group = context.groups.find(to);
  if (!group) return [node('error', { code: NOT_FOUND, text: 'item-not-found' })];
  if (!group.members.some((member) => member.number === from.number)) {
    return [node('error', { code: FORBIDDEN, text: 'forbidden' })];
  }
  const isAdmin = group.members.some((member) => member.number === from.number && member.isAdmin);
  if (child(iq, 'invite')) {
    return isAdmin
      ? answerInvite(context, group, iq.attrs['type'])
      : [node('error', { code: FORBIDDEN, text: 'forbidden' })];
  }
  if (iq.attrs['type'] === 'get') return [groupNode(context, group)];
  const [change] = children(iq);
  if (change && ADMINS_ONLY.has(change.tag) && !isAdmin) return [node('error', { code: FORBIDDEN, text: 'forbidden' })];
  return change ? changeGroup(context, from, group, change) : [];
}

/** What a new group is made of. */
export interface NewGroup {
  readonly creator: string;
  readonly subject: string;
  readonly members: readonly string[];
  readonly addressing?: 'pn' | 'lid';
}

/** Makes a group and tells every member's devices. */
export function createGroup(context: ServerContext, wanted: NewGroup, maker: DeviceAddress): Group {
  const numbers = [...new Set([wanted.creator, ...wanted.members])];
  const group: Group = {
    jid: `120363${context.random(6).readUIntBE(0, 6).toString().padStart(15, '0').slice(-12)}@g.us`,
    subject: wanted.subject,
    creator: wanted.creator,
    createdMs: context.clock.now(),
    addressing: wanted.addressing ?? 'lid',
    members: numbers.map((number) => ({ number, isAdmin: number === wanted.creator })),
  };
  context.groups.add(group);
  announce(
    context,
    group,
    maker,
    node('create', { type: 'new', key: context.random(8).toString('hex') }, [groupNode(context, group)]),
  );
  return group;
}

function createFromIq(context: ServerContext, from: DeviceAddress, create: BinaryNode): Group {
  const members = children(create, 'participant').flatMap(
    (each) => context.directory.personOf(each.attrs['jid'] ?? '')?.number ?? [],
  );
  return createGroup(context, { creator: from.number, subject: create.attrs['subject'] ?? '', members }, from);
}

function leaveGroups(context: ServerContext, from: DeviceAddress, leave: BinaryNode): BinaryNode[] {
  const left = children(leave, 'group').flatMap((each) => context.groups.find(each.attrs['id'] ?? '') ?? []);
  for (const group of left) {
    announce(context, group, from, node('remove', {}, [participantNode(context, group, { number: from.number })]));
    context.groups.removeMember(group.jid, from.number);
  }
  return [
    node(
      'leave',
      {},
      left.map((group) => node('group', { id: group.jid })),
    ),
  ];
}

function changeGroup(context: ServerContext, from: DeviceAddress, group: Group, change: BinaryNode): BinaryNode[] {
  switch (change.tag) {
    case 'description': {
      const told = changeDescription(context, group, change);
      if (!told) return [node('error', { code: CONFLICT, text: 'conflict' })];
      announce(context, group, from, told);
      return [];
    }
    case 'subject': {
      const subject = bytesOf(change)?.toString('utf8') ?? '';
      context.groups.setSubject(group.jid, subject);
      announce(context, group, from, node('subject', { subject, s_t: unixSeconds(context.clock) }));
      return [];
    }
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return changeMembers(context, from, group, change);
    default:
      return [];
  }
}

function changeMembers(context: ServerContext, from: DeviceAddress, group: Group, change: BinaryNode): BinaryNode[] {
  const named = children(change, 'participant').flatMap(
    (each) => context.directory.personOf(each.attrs['jid'] ?? '')?.number ?? [],
  );
  const isThere = (number: string): boolean => group.members.some((member) => member.number === number);
  const changed = named.map((number) => {
    const participant = participantNode(context, group, { number });
    const error = change.tag === 'add' && isThere(number) ? CONFLICT : undefined;
    return error ? node('participant', { ...participant.attrs, error }) : participant;
  });
  if (change.tag === 'remove') announce(context, group, from, node('remove', {}, changed));
  for (const number of named) {
    if (change.tag === 'remove') context.groups.removeMember(group.jid, number);
    else context.groups.setMember(group.jid, { number, isAdmin: change.tag === 'promote' });
  }
  if (change.tag !== 'remove')
    announce(context, context.groups.find(group.jid) ?? group, from, node(change.tag, {}, changed));
  return [node(change.tag, {}, changed)];
}

/** Tells every device of every member that one of them has a new number, in the old number's name. */
export function announceNumber(
  context: ServerContext,
  jid: string,
  { old, now }: { readonly old: string; readonly now: string },
): void {
  const group = context.groups.find(jid);
  if (!group) return;
  const by = { number: old, device: 0 };
  announce(context, group, by, node('modify', {}, [participantNode(context, group, { number: now })]));
}

/** Tells every device of every member, except the one that did it. */
function announce(context: ServerContext, group: Group, by: DeviceAddress, what: BinaryNode): void {
  const actor = context.directory.get(by.number);
  const isLid = group.addressing === 'lid';
  const attrs = {
    id: context.random(8).toString('hex').toUpperCase(),
    from: group.jid,
    type: 'w:gp2',
    participant: isLid ? lidJid(actor.lid) : pnJid(actor.number),
    participant_pn: isLid ? pnJid(actor.number) : undefined,
    addressing_mode: group.addressing,
    notify: actor.name,
    t: unixSeconds(context.clock),
  };
  for (const device of group.members.flatMap((member) => context.devices.linkedDevices(member.number))) {
    if (device.number === by.number && device.device === by.device) continue;
    context.switchboard.deliver(device, node('notification', attrs, [what]), 'notification');
  }
}

function groupNode(context: ServerContext, group: Group): BinaryNode {
  const creator = context.directory.get(group.creator);
  const created = Math.floor(group.createdMs / 1000);
  const isLid = group.addressing === 'lid';
  const { description } = group;
  const bodyNode = node('body', {}, Buffer.from(description?.body ?? ''));
  const attrs = {
    id: group.jid.replace('@g.us', ''),
    subject: group.subject,
    s_t: created,
    creation: created,
    creator: isLid ? lidJid(creator.lid) : pnJid(creator.number),
    creator_pn: isLid ? pnJid(creator.number) : undefined,
    addressing_mode: group.addressing,
    size: group.members.length,
  };
  return node('group', attrs, [
    ...(description ? [node('description', { id: description.id }, [bodyNode])] : []),
    ...group.members.map((member) => participantNode(context, group, member)),
  ]);
}

function participantNode(
  context: ServerContext,
  group: Group,
  { number, isAdmin }: { readonly number: string } & Partial<GroupMember>,
): BinaryNode {
  const { lid } = context.directory.get(number);
  const names =
    group.addressing === 'lid'
      ? { jid: lidJid(lid), phone_number: pnJid(number) }
      : { jid: pnJid(number), lid: lidJid(lid) };
  return node('participant', { ...names, type: isAdmin ? 'admin' : undefined });
}
