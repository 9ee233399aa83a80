import { createHash } from 'node:crypto';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid, pnJid } from '../store/jid.ts';
import type { BusinessProfile } from '../store/profile-store.ts';
import type { BinaryNode } from '../wire/node.ts';
import { bytesOf, child, childBytes, children, node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';

/** Longest text below a name that WhatsApp takes, characters. */
const LONGEST_ABOUT = 139;

/** Answers what a device asks about profiles and blocked people. @returns undefined for any other namespace */
export function answerProfileQuery(
  context: ServerContext,
  from: DeviceAddress,
  iq: BinaryNode,
): BinaryNode[] | undefined {
  switch (iq.attrs['xmlns']) {
    case 'blocklist':
      return answerBlockList(context, from, iq);
    case 'status':
      return answerStatus(context, from, iq);
    case 'w:profile:picture':
      return answerPicture(iq);
    case 'w:biz':
      return answerBusiness(context, from, iq);
    case undefined:
    default:
      return undefined;
  }
}

const failure = (code: number, text: string): BinaryNode[] => [node('error', { code, text })];

/** `blocklist`: get shows it, set changes one entry and shows what it is then. People are named by LID, as since 2025. */
function answerBlockList(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] {
  const { directory, profiles } = context;
  if (iq.attrs['type'] === 'set') {
    const item = child(iq, 'item');
    const { action, jid = '', pn_jid: phoneJid } = item?.attrs ?? {};
    const person = directory.personOf(jid);
    if (!person) return failure(404, 'item-not-found');
    if (action !== 'block' && action !== 'unblock') return failure(400, 'bad-request');
    if (action === 'block' && phoneJid !== pnJid(person.number)) return failure(400, 'bad-request');
    profiles.setBlocked(from.number, person.number, action === 'block');
  }
  const blocked = profiles.blockedBy(from.number).map((number) => directory.get(number));
  const hash = createHash('sha256').update(blocked.map(({ lid }) => lid).join());
  return [
    node(
      'list',
      { dhash: hash.digest('base64url').slice(0, 16), addressing_mode: 'lid' },
      blocked.map(({ lid }) => node('item', { jid: lidJid(lid) })),
    ),
  ];
}

/** `status`: sets the text below one's own name. */
function answerStatus(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] {
  const about = childBytes(iq, 'status')?.toString('utf8');
  if (iq.attrs['type'] !== 'set' || about === undefined) return [node('status', {}, [])];
  if (Array.from(about).length > LONGEST_ABOUT) return failure(406, 'not-acceptable');
  context.profiles.setAbout(from.number, about, context.clock.now());
  return [];
}

/** `w:profile:picture`: nobody here has one. */
function answerPicture(iq: BinaryNode): BinaryNode[] {
  return iq.attrs['type'] === 'get' ? failure(404, 'item-not-found') : failure(405, 'not-allowed');
}

/** `w:biz`: the profile of a number of WhatsApp Business; others have none, and may set none. */
function answerBusiness(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] {
  const asked = child(iq, 'business_profile');
  if (!asked) return failure(501, 'feature-not-implemented');
  if (iq.attrs['type'] === 'set') return setBusiness(context, from, asked);
  const found = children(asked, 'profile').flatMap(({ attrs }) => {
    const person = context.directory.personOf(attrs['jid'] ?? '');
    const business = person && context.profiles.find(person.number).business;
    return business ? [node('profile', { jid: attrs['jid'] }, fieldsOf(business))] : [];
  });
  return [node('business_profile', { v: asked.attrs['v'] }, found)];
}

function fieldsOf({ websites, ...texts }: BusinessProfile): BinaryNode[] {
  return [
    ...Object.entries(texts).map(([tag, text]) => node(tag, {}, Buffer.from(text))),
    ...websites.map((website) => node('website', {}, Buffer.from(website))),
    node('categories', {}, [node('category', { id: '1223524174334504' }, Buffer.from('Shopping & retail'))]),
  ];
}

function setBusiness({ profiles }: ServerContext, from: DeviceAddress, change: BinaryNode): BinaryNode[] {
  const { business } = profiles.find(from.number);
  if (!business) return failure(403, 'forbidden');
  if (change.attrs['mutation_type'] !== 'delta') return failure(400, 'bad-request');
  const texts = (['address', 'description', 'email'] as const).flatMap((tag): [string, string][] => {
    const text = childBytes(change, tag)?.toString('utf8');
    return text === undefined ? [] : [[tag, text]];
  });
  const websites = children(change, 'website').map((each) => bytesOf(each)?.toString('utf8') ?? '');
  profiles.setBusiness(from.number, {
    ...business,
    ...Object.fromEntries(texts),
    ...(websites.length > 0 ? { websites: websites.filter(Boolean) } : {}),
  });
  return [node('business_profile', { v: change.attrs['v'] })];
}
