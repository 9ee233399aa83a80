import { proto } from '@whiskeysockets/baileys';
import { createGroup } from '../server/groups.ts';
import { routeReceipt } from '../server/receipts.ts';
import type { Addressing } from '../store/jid.ts';
import { lidJid, pnJid } from '../store/jid.ts';
import type { PhoneMessage } from '../store/message-log.ts';
import { node } from '../wire/node.ts';
import type { Outgoing } from './outgoing.ts';
import { send } from './outgoing.ts';
import { readContent } from './reading/read-content.ts';
import { askAgain } from './retry-requests.ts';
import { advance } from './screen.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Around } from './writing/around.ts';
import type { Target } from './writing/composed.ts';
import { orderToken } from './writing/order.ts';
import { compose, type Writing } from './writing/writing.ts';

export interface WriteOptions extends Around {
  /** Stanza id; a fresh one by default. */
  readonly id?: string | undefined;
  /** How the stanza names the two; the person's habit by default. */
  readonly addressing?: Addressing | undefined;
  /** Through a broadcast list of this person. */
  readonly broadcast?: boolean | undefined;
}

/** Bytes after `3A`, the mark of messages from phones. */
const ID_BYTES = 9;

/** What a person does with their phone. */
export class Phone {
  readonly device: SimulatedDevice;

  constructor(device: SimulatedDevice) {
    this.device = device;
  }

  get number(): string {
    return this.device.address.number;
  }

  /**
   * Writes into a chat: a person's number or a group's jid. Resolves with the message as the phone shows it, once the
   * server has taken or refused it. Throws when the phone is off line, or the message to act on is not on it.
   */
  async write(chat: string, writing: Writing, options: WriteOptions = {}): Promise<PhoneMessage> {
    const { context } = this.device.world;
    if (!context.directory.get(this.number).online) {
      throw new Error(`The phone of ${this.number} is off line. Put it on line first.`);
    }
    if (writing.kind === 'order') context.orders.save(orderToken(writing.cart.id), writing.cart);
    return this.device.run(async () => {
      const outgoing = this.#compose(chat, writing, options);
      const shown = this.#showOwn(outgoing);
      const verdict = await send(this.device, outgoing);
      if (verdict.ack !== 'never') advance(this.device, outgoing.id, verdict.error === undefined ? 'sent' : 'failed');
      return this.device.world.log.find(this.number, shown.id).find((each) => each.fromMe) ?? shown;
    });
  }

  /** Sends a read (or, for voice, played) receipt for a message that somebody else wrote. Throws for an unknown id. */
  async markRead(id: string, type: 'read' | 'played' = 'read'): Promise<void> {
    const { log } = this.device.world;
    const message = log.find(this.number, id).find((each) => !each.fromMe);
    if (!message) throw new Error(`The phone of ${this.number} has not received a message ${id}.`);
    const isGroup = message.chat.endsWith('@g.us');
    const author = this.#jidOf(message.author, message.chat, message.authorDevice);
    const attrs = { id, to: isGroup ? message.chat : author, participant: isGroup ? author : undefined, type };
    await this.device.run(async () =>
      routeReceipt(this.device.world.context, this.device.address, node('receipt', attrs)),
    );
  }

  /**
   * Asks the author's device for a message again, as a device does that has lost what it needs to read it. Throws for an
   * unknown id.
   */
  async askAgain(id: string): Promise<void> {
    const { log } = this.device.world;
    const message = log.find(this.number, id).find((each) => !each.fromMe);
    if (!message) throw new Error(`The phone of ${this.number} has not received a message ${id}.`);
    const isGroup = message.chat.endsWith('@g.us');
    const author = this.#jidOf(message.author, message.chat, message.authorDevice);
    const from = isGroup ? message.chat : author;
    const t = Math.floor(message.timestampMs / 1000);
    const attrs = { id, from, participant: isGroup ? author : undefined, t };
    await this.device.run(async () => askAgain(this.device, node('message', attrs)));
  }

  /** Makes a group with these numbers in it and returns its jid. */
  async createGroup(subject: string, members: readonly string[], addressing: Addressing): Promise<string> {
    const { context } = this.device.world;
    return this.device.run(async () => {
      const group = { creator: this.number, subject, members, addressing };
      return createGroup(context, group, this.device.address).jid;
    });
  }

  /** Shows the other side that this person is typing, recording, or has stopped. */
  setChatState(chat: string, state: 'composing' | 'paused'): void {
    const { context } = this.device.world;
    const from = context.directory.jidOf(this.device.address, context.directory.get(this.number).addressing);
    for (const target of context.devices.linkedDevices(chat)) {
      context.switchboard.whisper(target, node('chatstate', { from }, [node(state)]));
    }
  }

  #compose(chat: string, writing: Writing, options: WriteOptions): Outgoing {
    const { context } = this.device.world;
    const id = options.id ?? `3A${context.random(ID_BYTES).toString('hex').toUpperCase()}`;
    const addressing = options.addressing ?? context.directory.get(this.number).addressing;
    const isGroup = chat.endsWith('@g.us');
    const writer = {
      jid: isGroup ? this.#jidOf(this.number, chat, 0) : this.#nameOf(this.number, addressing),
      nowMs: context.clock.now(),
      random: context.random,
      target: (targetId: string) => this.#target(targetId, addressing),
    };
    const partner = isGroup ? chat : this.#nameOf(chat, addressing);
    const list = options.broadcast ? `17${this.number.slice(-8)}@broadcast` : undefined;
    return { id, chat, addressing, list, ...compose(writing, options, writer, partner) };
  }

  /** The message to act on, as this phone names it to others. */
  #target(id: string, addressing: Addressing): Target {
    const { log } = this.device.world;
    const target = log.find(this.number, id)[0];
    const encoded = log.proto(this.number, id);
    if (!target || !encoded) throw new Error(`There is no message ${id} on the phone of ${this.number}.`);
    const isGroup = target.chat.endsWith('@g.us');
    const author = isGroup ? this.#jidOf(target.author, target.chat, 0) : this.#nameOf(target.author, addressing);
    const remoteJid = isGroup ? target.chat : this.#nameOf(target.chat, addressing);
    const key = { remoteJid, fromMe: target.fromMe, id, participant: isGroup ? author : undefined };
    return { key, message: proto.Message.decode(encoded), author };
  }

  #nameOf(number: string, addressing: Addressing): string {
    return addressing === 'lid' ? lidJid(this.device.world.context.directory.get(number).lid) : pnJid(number);
  }

  #jidOf(number: string, chat: string, deviceId: number): string {
    const { directory, groups } = this.device.world.context;
    const addressing = groups.find(chat)?.addressing ?? directory.get(this.number).addressing;
    return directory.jidOf({ number, device: deviceId }, addressing);
  }

  #showOwn(outgoing: Outgoing): PhoneMessage {
    const { context, log, events } = this.device.world;
    const content = readContent(outgoing.message) ?? { kind: 'other' };
    const message: PhoneMessage = {
      id: outgoing.id,
      chat: outgoing.chat,
      author: this.number,
      fromMe: true,
      authorDevice: 0,
      timestampMs: context.clock.now(),
      ...content,
      status: 'pending',
      arrivals: 0,
    };
    const shown = log.show(this.number, message, proto.Message.encode(outgoing.message).finish());
    events.emit(this.number, { type: 'message', message: shown });
    return shown;
  }
}
