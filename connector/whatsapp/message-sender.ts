import { isJidGroup, jidDecode, proto } from '@whiskeysockets/baileys';
import type { Clock } from '#core/domain/clock.ts';
import type { StanzaId } from '#core/domain/ids.ts';
import { codeOf } from './account-refusals.ts';
import type { Ack, AckBook } from './ack-book.ts';
import { isEditable } from './map-outbound/edit.ts';
import type { WireMessage } from './map-outbound/writing.ts';
import type { MessageWriter } from './message-writer.ts';
import type { Socket } from './open-socket.ts';
import { recipientOf } from './recipient.ts';
import type { OutgoingMessage, SendOutcome } from './whatsapp-port.ts';

/** WhatsApp acknowledges in milliseconds; after this the line is as good as dead for the message (whatsapp.md 5.4). */
const ACK_WAIT_MS = 30_000;
/** A send that takes longer waits for a mutex that nobody gives back (whatsapp.md 5.4). */
const SEND_BOUND_MS = 60_000;
/** `smax-invalid`: what we believe of the recipient's devices is stale. */
const STALE_DEVICES = '479';
/** Of a message whose row, once WhatsApp has it, must fit into DynamoDB's 400 KB. */
const MOST_CONTENT_BYTES = 380_000;
/** WhatsApp's answers about a group that the number was in, and one that it was never in. */
const FORBIDDEN = 403;
const NOT_FOUND = 404;

export interface MessageSenderOptions {
  readonly socket: Socket;
  readonly acks: AckBook;
  readonly writer: MessageWriter;
  readonly clock: Clock;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly forgetDevices: (user: string) => void;
  /** Keeps the content at hand for a device that asks for it again. */
  readonly remember: (stanzaId: string, content: Uint8Array) => void;
  /** The socket is wedged. */
  readonly onWedged: () => void;
}

/** Sends messages over one connection and waits for WhatsApp's word on each. */
export class MessageSender {
  readonly #options: MessageSenderOptions;

  constructor(options: MessageSenderOptions) {
    this.#options = options;
  }

  async send(message: OutgoingMessage): Promise<SendOutcome> {
    const { acks, ended } = this.#options;
    try {
      return await Promise.race([
        this.#deliver(message).catch((error: unknown): SendOutcome => ({ type: 'interrupted', error })),
        ended.then((): SendOutcome => ({ type: 'interrupted' })),
      ]);
    } finally {
      acks.forget(message.stanzaId);
    }
  }

  async #deliver(message: OutgoingMessage): Promise<SendOutcome> {
    const { socket, writer } = this.#options;
    const { content, target, stanzaId } = message;
    if (content.type === 'edit' && !(target && isEditable(target.content))) return { type: 'not_editable' };
    let jid: string | undefined;
    try {
      jid = await this.#bounded(recipientOf(socket, message.to));
    } catch (error) {
      return { type: 'interrupted', error, neverLeft: true };
    }
    if (jid === undefined) return { type: 'not_on_whatsapp' };
    let wire: WireMessage;
    try {
      wire = await writer.write(jid, message);
    } catch (error) {
      return { type: 'interrupted', error, neverLeft: true, ...(message.media && { uploading: true }) };
    }
    const outcome = await this.#transmitTwice(jid, stanzaId, wire);
    if (outcome.type !== 'interrupted') writer.forget(stanzaId);
    return outcome;
  }

  async #transmitTwice(jid: string, stanzaId: StanzaId, wire: WireMessage): Promise<SendOutcome> {
    const first = await this.#bounded(this.#transmit(jid, stanzaId, wire));
    if (first.type !== 'refused' || first.code !== STALE_DEVICES) return first;
    await this.#refreshDevices(jid);
    return this.#bounded(this.#transmit(jid, stanzaId, wire));
  }

  async #transmit(jid: string, stanzaId: StanzaId, { message, edit, nodes }: WireMessage): Promise<SendOutcome> {
    const { socket, acks, clock, remember } = this.#options;
    const content = proto.Message.encode(proto.Message.create(message)).finish();
    if (content.length > MOST_CONTENT_BYTES) return { type: 'too_large' };
    remember(stanzaId, content);
    const word = acks.expect(stanzaId);
    try {
      await socket.relayMessage(jid, message, {
        messageId: stanzaId,
        ...(edit && { additionalAttributes: { edit } }),
        ...(nodes && { additionalNodes: [...nodes] }),
      });
    } catch (error) {
      if (await this.#isOutside(jid, error)) return { type: 'not_in_group' };
      throw error;
    }
    const silence = Promise.withResolvers<undefined>();
    const cancel = clock.after(ACK_WAIT_MS, () => silence.resolve(undefined));
    const ack = await Promise.race([word, silence.promise]);
    cancel();
    return outcomeOf(ack, { jid, content, atMs: clock.now() });
  }

  /** Whether a send has thrown because the number is not in the group: Baileys asks for its members before anything leaves. */
  async #isOutside(jid: string, error: unknown): Promise<boolean> {
    if (!isJidGroup(jid) || codeOf(error) === undefined) return false;
    const refusal = await this.#options.socket.groupMetadata(jid).then(() => undefined, codeOf);
    return refusal === FORBIDDEN || refusal === NOT_FOUND;
  }

  /** @throws Error when it takes too long; the socket is wedged then. */
  async #bounded<T>(work: Promise<T>): Promise<T> {
    const { clock, onWedged } = this.#options;
    const wedged = Promise.withResolvers<never>();
    const cancel = clock.after(SEND_BOUND_MS, () => {
      onWedged();
      wedged.reject(new Error('The send took too long.'));
    });
    try {
      return await Promise.race([work, wedged.promise]);
    } finally {
      cancel();
    }
  }

  /** Drops what is known of the contact's devices, or of who has the group's key, so that the next send asks anew. */
  async #refreshDevices(jid: string): Promise<void> {
    const { socket, forgetDevices } = this.#options;
    if (isJidGroup(jid)) {
      await socket.authState.keys.set({ 'sender-key-memory': { [jid]: null } });
      return;
    }
    const devices = await socket.getUSyncDevices([jid], true, false);
    await socket.signalRepository.deleteSession(devices.map((device) => device.jid));
    const user = jidDecode(jid)?.user;
    if (user) forgetDevices(user);
  }
}

function outcomeOf(
  ack: Ack | undefined,
  sent: { readonly jid: string; readonly content: Uint8Array; readonly atMs: number },
): SendOutcome {
  if (ack === undefined) return { type: 'interrupted', error: new Error('WhatsApp did not acknowledge the message.') };
  if (ack.type === 'refused') return ack;
  return { type: 'accepted', chat: sent.jid, content: sent.content, atMs: sent.atMs };
}
