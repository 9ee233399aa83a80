import {
  type BaileysEventMap,
  decryptMediaRetryData,
  encryptMediaRetryRequest,
  isJidGroup,
  proto,
} from '@whiskeysockets/baileys';
import type { Clock } from '#core/domain/clock.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import type { Socket } from './open-socket.ts';
import type { ReceivedMedia, ReceivedMessage } from './whatsapp-port.ts';

/** A phone that is on answers in seconds, once it has uploaded the file again. Milliseconds. */
const ANSWER_WAIT_MS = 60_000;

type Update = BaileysEventMap['messages.media-update'][number];

/**
 * Asks our number's phone to upload the file of a received message again. Written out of Baileys' parts: its own `updateMediaMessage` waits
 * for ever for a phone that is off.
 * @returns the media under their new path
 * @throws Error when the phone does not answer in time, or has not got the file
 */
export async function askForMedia(
  { socket, clock, ownJid }: { readonly socket: Socket; readonly clock: Clock; readonly ownJid: string },
  media: ReceivedMedia,
  of: ReceivedMessage,
): Promise<ReceivedMedia> {
  const id = parseWamid(of.wamid)?.stanzaId ?? '';
  const remoteJid = of.list ?? of.chat;
  const participant = isJidGroup(remoteJid) || of.list !== undefined ? { participant: of.author } : {};
  const key = { id, remoteJid, fromMe: of.fromMe, ...participant };
  const answer = Promise.withResolvers<Update>();
  const listener = (updates: readonly Update[]): void => {
    const update = updates.find((each) => each.key.id === id);
    if (update) answer.resolve(update);
  };
  const cancel = clock.after(ANSWER_WAIT_MS, () => answer.reject(new Error('the phone did not answer')));
  socket.ev.on('messages.media-update', listener);
  try {
    await socket.sendNode(encryptMediaRetryRequest(key, media.mediaKey, ownJid));
    const { error, media: sealed } = await answer.promise;
    if (error || !sealed) throw error ?? new Error('the phone answered without the file');
    const { result, directPath } = decryptMediaRetryData(sealed, media.mediaKey, id);
    if (result !== proto.MediaRetryNotification.ResultType.SUCCESS || !directPath) {
      throw new Error('the phone has not got the file any more');
    }
    return { ...media, directPath };
  } finally {
    cancel();
    socket.ev.off('messages.media-update', listener);
  }
}
