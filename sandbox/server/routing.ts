import { magicBehaviour } from '../magic-numbers.ts';
import { inTransaction } from '../store/database.ts';
import type { DeviceAddress } from '../store/jid.ts';
import { lidJid, parseJid, pnJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { child, children, node } from '../wire/node.ts';
import { routeGroupMessage } from './group-routing.ts';
import { copyFrom, passedOn } from './message-parts.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';

/** Nobody under that address. */
const UNKNOWN_RECIPIENT = 404;
/** The stanza names no device to bring it to. */
const NOTHING_TO_DELIVER = 479;

/** How the server answers a message: refused with a code, or taken; the ack may never come. */
export interface Verdict {
  readonly error?: number;
  readonly ack: 'now' | 'never';
}

const TAKEN: Verdict = { ack: 'now' };

/** Messages of a device that were refused, or not answered, once and are taken when they come again. */
type DeniedOnce = Set<string>;

/** Brings messages from one device to others, as the server does. */
export class MessageRouter {
  readonly #context: ServerContext;
  readonly #deniedOnce: DeniedOnce = new Set();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Queues the message for every device that it names; when this returns it is on disk. */
  route(sender: DeviceAddress, message: BinaryNode): Verdict {
    const to = message.attrs['to'] ?? '';
    return inTransaction(this.#context.database, () => {
      if (to.endsWith('@g.us')) return refusal(routeGroupMessage(this.#context, sender, message));
      if (to.endsWith('@broadcast')) {
        return deliverToPeople(this.#context, sender, message) === 0 ? refusal(NOTHING_TO_DELIVER) : TAKEN;
      }
      const recipient = this.#context.directory.addressOf(to);
      if (!recipient) return refusal(UNKNOWN_RECIPIENT);
      const verdict = this.#verdict(recipient.number, message.attrs['id'] ?? '');
      const isSwallowed = verdict.ack === 'never' && magicBehaviour(recipient.number)?.kind === 'no-ack';
      if (verdict.error !== undefined || (isSwallowed && !isDelivered(recipient.number))) return verdict;
      const reached = deliverToPeople(this.#context, sender, message);
      return reached === 0 ? refusal(NOTHING_TO_DELIVER) : verdict;
    });
  }

  #verdict(recipient: string, id: string): Verdict {
    const behaviour = magicBehaviour(recipient);
    if (behaviour?.kind === 'no-ack') return { ack: 'never' };
    if (behaviour?.kind === 'ack-lost-once') return this.#isDenied(recipient, id) ? { ack: 'never' } : TAKEN;
    if (behaviour?.kind !== 'nack') return TAKEN;
    const isRefused = behaviour.times === 'always' || this.#isDenied(recipient, id);
    return isRefused ? refusal(behaviour.error) : TAKEN;
  }

  /** Every other time that a message comes under one id, the first time included. */
  #isDenied(recipient: string, id: string): boolean {
    const key = `${recipient} ${id}`;
    if (this.#deniedOnce.delete(key)) return false;
    this.#deniedOnce.add(key);
    return true;
  }
}

function refusal(error: number | undefined): Verdict {
  return error === undefined ? TAKEN : { error, ack: 'now' };
}

function isDelivered(number: string): boolean {
  const behaviour = magicBehaviour(number);
  return behaviour?.kind === 'no-ack' && behaviour.isDelivered;
}

/** Returns the number of devices that the message was queued for. */
function deliverToPeople(context: ServerContext, sender: DeviceAddress, message: BinaryNode): number {
  const to = message.attrs['to'] ?? '';
  const participants = children(child(message, 'participants'), 'to');
  const direct = children(message, 'enc');
  // A peer message and a resend go to the one device that `to` names; everything else lists its devices.
  const copies = direct.length > 0 ? [{ jid: to, enc: direct }] : participants.map((each) => copyFrom(each));
  let reached = 0;
  for (const { jid, enc } of copies) {
    const address = context.directory.addressOf(jid);
    if (!address || context.devices.find(address)?.state !== 'linked') continue;
    if (address.number === sender.number && address.device === sender.device) continue;
    if (context.profiles.hasBlocked(address.number, sender.number)) {
      // Whoever is blocked is told nothing: the message is taken and goes nowhere.
      reached++;
      continue;
    }
    const copy = { sender, message, enc, isOwn: address.number === sender.number };
    const stanza = to.endsWith('@broadcast') ? listMessage(context, copy, jid) : inboundMessage(context, copy);
    context.switchboard.deliver(address, stanza, 'message');
    reached++;
  }
  return reached;
}

interface Copy {
  readonly sender: DeviceAddress;
  readonly message: BinaryNode;
  readonly enc: readonly BinaryNode[];
  /** Whether the copy goes to another device of the sender. */
  readonly isOwn: boolean;
}

/** The stanza as the receiving device sees it. */
function inboundMessage(context: ServerContext, { sender, message, enc, isOwn }: Copy): BinaryNode {
  const { id, type, edit, category, to = '' } = message.attrs;
  const addressing = parseJid(to)?.server === 'lid' ? 'lid' : 'pn';
  const person = context.directory.get(sender.number);
  const isPeer = category === 'peer';
  const attrs = {
    id,
    from: context.directory.jidOf(sender, addressing),
    type,
    t: unixSeconds(context.clock),
    notify: person.name,
    edit,
    category,
    addressing_mode: addressing,
    ...(isOwn || isPeer ? {} : otherName(person.number, person.lid, addressing)),
    ...(isOwn && !isPeer ? ownCopyAttributes(context, message) : {}),
  };
  return node('message', attrs, [...enc, ...passedOn(message)]);
}

/** A message that went to a broadcast list: it comes from there, and names its author as it names the recipient. */
function listMessage(context: ServerContext, { sender, message, enc }: Copy, recipient: string): BinaryNode {
  const { id, type, to } = message.attrs;
  const isLid = parseJid(recipient)?.server === 'lid';
  const person = context.directory.get(sender.number);
  const attrs = {
    id,
    from: to,
    participant: context.directory.jidOf(sender, isLid ? 'lid' : 'pn'),
    participant_pn: isLid ? pnJid(person.number) : undefined,
    participant_lid: isLid ? undefined : lidJid(person.lid),
    type,
    t: unixSeconds(context.clock),
    notify: person.name,
    addressing_mode: isLid ? 'lid' : 'pn',
  };
  return node('message', attrs, [...enc, ...passedOn(message)]);
}

function otherName(number: string, lid: string, addressing: 'pn' | 'lid'): Record<string, string> {
  return addressing === 'lid' ? { sender_pn: pnJid(number) } : { sender_lid: lidJid(lid) };
}

/** An own copy names the chat that it belongs to, under both of its names. */
function ownCopyAttributes(context: ServerContext, message: BinaryNode): Record<string, string> {
  const to = message.attrs['recipient'] ?? message.attrs['to'] ?? '';
  const contact = context.directory.personOf(to);
  if (!contact) return { recipient: to };
  return parseJid(to)?.server === 'lid'
    ? { recipient: lidJid(contact.lid), peer_recipient_pn: pnJid(contact.number) }
    : { recipient: pnJid(contact.number), peer_recipient_lid: lidJid(contact.lid) };
}
