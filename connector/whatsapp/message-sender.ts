import { type AnyMessageContent, jidDecode, proto } from '@whiskeysockets/baileys';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { Ack, AckBook } from './ack-book.ts';
import type { Socket } from './open-socket.ts';
import { recipientOf } from './recipient.ts';
import type { OutgoingMessage, SendOutcome } from './whatsapp-port.ts';

/** WhatsApp acknowledges in milliseconds; after this the line is as good as dead for the message (whatsapp.md 5.4). */
const ACK_WAIT_MS = 30_000;
/** A send that takes longer waits for a mutex that nobody gives back (whatsapp.md 5.4). */
const SEND_BOUND_MS = 60_000;
/** `smax-invalid`: what we believe of the recipient's devices is stale. */
const STALE_DEVICES = '479';

export interface MessageSenderOptions {
  readonly socket: Socket;
  readonly acks: AckBook;
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
    const { acks, ended, onWedged, clock } = this.#options;
    const wedged = Promise.withResolvers<SendOutcome>();
    const cancel = clock.after(SEND_BOUND_MS, () => {
      onWedged();
      wedged.resolve({ type: 'interrupted', error: new Error('The send took too long.') });
    });
    try {
      return await Promise.race([
        this.#deliver(message).catch((error: unknown): SendOutcome => ({ type: 'interrupted', error })),
        ended.then((): SendOutcome => ({ type: 'interrupted' })),
        wedged.promise,
      ]);
    } finally {
      cancel();
      acks.forget(message.stanzaId);
    }
  }

  async #deliver(message: OutgoingMessage): Promise<SendOutcome> {
    const { socket } = this.#options;
    const jid = await recipientOf(socket, message.to);
    if (jid === undefined) return { type: 'not_on_whatsapp' };
    const first = await this.#transmit(jid, message);
    if (first.type !== 'refused' || first.code !== STALE_DEVICES) return first;
    await this.#refreshDevices(jid);
    return this.#transmit(jid, message);
  }

  async #transmit(jid: string, message: OutgoingMessage): Promise<SendOutcome> {
    const { socket, acks, clock, remember } = this.#options;
    const word = acks.expect(message.stanzaId);
    const sent = await socket.sendMessage(jid, contentOf(message.content), { messageId: message.stanzaId });
    const content = proto.Message.encode(proto.Message.fromObject(sent?.message ?? {})).finish();
    remember(message.stanzaId, content);
    const silence = Promise.withResolvers<undefined>();
    const cancel = clock.after(ACK_WAIT_MS, () => silence.resolve(undefined));
    const ack = await Promise.race([word, silence.promise]);
    cancel();
    return outcomeOf(ack, { jid, content, atMs: clock.now() });
  }

  /** Drops what is known of the contact's devices, so that the next send asks anew. */
  async #refreshDevices(jid: string): Promise<void> {
    const { socket, forgetDevices } = this.#options;
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

/** Our content as Baileys takes it. No link preview: the connector fetches no address that a user chose (D11). */
function contentOf(content: OutboundContent): AnyMessageContent {
  switch (content.type) {
    case 'text':
      return { text: content.text.body, linkPreview: null };
  }
}
