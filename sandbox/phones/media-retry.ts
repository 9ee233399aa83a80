import { aesEncryptGCM, hkdf, proto } from '@whiskeysockets/baileys';
import { unixSeconds } from '../server/server-context.ts';
import { parseJid } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { children, node } from '../wire/node.ts';
import type { SimulatedDevice } from './simulated-device.ts';

const IV_BYTES = 12;
const KEY_BYTES = 32;
const { SUCCESS, NOT_FOUND } = proto.MediaRetryNotification.ResultType;

/** A companion found a file gone: the phone puts its own copy on the host again, if it still has one, and says where it lies now. */
export async function uploadAgain(device: SimulatedDevice, receipt: BinaryNode): Promise<void> {
  const { world, address } = device;
  const { context, log, files } = world;
  const { id = '', from = '' } = receipt.attrs;
  const companion = parseJid(from)?.device;
  const media = log.find(address.number, id).find((message) => message.media !== undefined)?.media;
  if (address.device !== 0 || companion === undefined || !media) return;
  const directPath = await files.restore(media.directPath);
  const answer = {
    stanzaId: id,
    result: directPath === undefined ? NOT_FOUND : SUCCESS,
    directPath: directPath ?? null,
  };
  const plain = proto.MediaRetryNotification.encode(answer).finish();
  const key = hkdf(Buffer.from(media.mediaKey, 'base64'), KEY_BYTES, { info: 'WhatsApp Media Retry Notification' });
  const iv = context.random(IV_BYTES);
  const sealed = aesEncryptGCM(plain, key, iv, Buffer.from(id));
  const encrypt = node('encrypt', {}, [node('enc_p', {}, sealed), node('enc_iv', {}, iv)]);
  const about = children(receipt, 'rmr')[0] ?? node('rmr', {});
  const attrs = { id, type: 'mediaretry', from: context.directory.jidOf(address, 'pn'), t: unixSeconds(context.clock) };
  const target = { number: address.number, device: companion };
  context.switchboard.deliver(target, node('notification', attrs, [encrypt, about]), 'notification');
}
