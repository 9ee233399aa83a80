import { createHmac } from 'node:crypto';
import { isJidGroup, jidDecode, jidNormalizedUser, WAMessageAddressingMode } from '@whiskeysockets/baileys';
import type { Clock } from '#core/domain/clock.ts';
import type { OwnAddresses } from './arrivals.ts';
import { writeMessage } from './map-outbound/write-message.ts';
import type { WireMessage, Writing } from './map-outbound/writing.ts';
import type { UploadMedia } from './media-upload.ts';
import type { Socket } from './open-socket.ts';
import type { OutgoingMessage } from './whatsapp-port.ts';

export interface MessageWriterOptions {
  readonly socket: Socket;
  readonly upload: UploadMedia;
  readonly own: () => OwnAddresses;
  /** Known to this session alone, the same after a restart. */
  readonly secretKey: string;
  readonly clock: Clock;
}

/** Messages that are tried again soon: their files need not be uploaded twice. */
const REMEMBERED = 64;

/** Makes of a message what goes to WhatsApp: the same however often it is tried over one connection. */
export class MessageWriter {
  readonly #options: MessageWriterOptions;
  readonly #written = new Map<string, WireMessage>();

  constructor(options: MessageWriterOptions) {
    this.#options = options;
  }

  /** @throws what the upload throws, and Error for a message that can't be written */
  async write(jid: string, message: OutgoingMessage): Promise<WireMessage> {
    const { stanzaId } = message;
    const known = this.#written.get(stanzaId);
    if (known) return known;
    const written = writeMessage(message, await this.#writingOf(jid, message));
    this.#written.set(stanzaId, written);
    const oldest = this.#written.size > REMEMBERED ? this.#written.keys().next() : undefined;
    if (oldest && !oldest.done) this.#written.delete(oldest.value);
    return written;
  }

  /** It is not going to be tried again. */
  forget(stanzaId: string): void {
    this.#written.delete(stanzaId);
  }

  async #writingOf(jid: string, { stanzaId, content, media }: OutgoingMessage): Promise<Writing> {
    const { upload, own, clock } = this.#options;
    const { id, lid } = own();
    const uploaded = media && (await upload(media));
    return {
      jid,
      own: { pn: jidNormalizedUser(id), lid: lid && jidNormalizedUser(lid) },
      uploaded: uploaded?.uploaded,
      shape: uploaded?.shape,
      thumbnail: media?.thumbnail,
      mentioned: await this.#mentioned(jid, content),
      secret: this.#secretOf(stanzaId),
      nowMs: clock.now(),
    };
  }

  /** Votes on a poll that left before a crash can be read after it: chance would make another secret. */
  #secretOf(stanzaId: string): Uint8Array {
    return createHmac('sha256', this.#options.secretKey).update(`message secret of ${stanzaId}`).digest();
  }

  /** Groups that name their members by LID want that of a mention too. */
  async #mentioned(jid: string, content: OutgoingMessage['content']): Promise<Writing['mentioned']> {
    const phones = content.type === 'text' ? (content.text.mentions ?? []) : [];
    if (phones.length === 0) return new Map();
    const { socket } = this.#options;
    const byLid = isJidGroup(jid) && (await socket.groupMetadata(jid)).addressingMode !== WAMessageAddressingMode.PN;
    const names = phones.map(async (phone) => {
      const pn = `${phone}@s.whatsapp.net`;
      const lid = byLid ? await socket.signalRepository.lidMapping.getLIDForPN(pn) : null;
      const name = lid ? jidNormalizedUser(lid) : pn;
      return [phone, { jid: name, user: jidDecode(name)?.user ?? phone }] as const;
    });
    return new Map(await Promise.all(names));
  }
}
