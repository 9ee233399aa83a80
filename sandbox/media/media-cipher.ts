import { createHash, timingSafeEqual } from 'node:crypto';
import type { MediaType } from '@whiskeysockets/baileys';
import { aesDecryptWithIV, aesEncrypWithIV, getMediaKeys, hmacSign } from '@whiskeysockets/baileys';

/** Bytes of the authentication code after the ciphertext. */
const MAC_BYTES = 10;

/** A file encrypted as WhatsApp does, with the hashes that its message names. */
export interface EncryptedMedia {
  readonly encrypted: Buffer;
  readonly fileSha256: Buffer;
  readonly fileEncSha256: Buffer;
}

/** Encrypts a file for upload. */
export async function encryptMedia(file: Uint8Array, mediaKey: Buffer, type: MediaType): Promise<EncryptedMedia> {
  const { iv, cipherKey, macKey } = await keysFor(mediaKey, type);
  const ciphertext = aesEncrypWithIV(Buffer.from(file), cipherKey, iv);
  const mac = hmacSign(Buffer.concat([iv, ciphertext]), macKey).subarray(0, MAC_BYTES);
  const encrypted = Buffer.concat([ciphertext, mac]);
  return { encrypted, fileSha256: sha256(file), fileEncSha256: sha256(encrypted) };
}

/** Decrypts a downloaded file. Throws when it was changed on the way or the key belongs to another. */
export async function decryptMedia(encrypted: Buffer, mediaKey: Buffer, type: MediaType): Promise<Buffer> {
  const { iv, cipherKey, macKey } = await keysFor(mediaKey, type);
  const ciphertext = encrypted.subarray(0, -MAC_BYTES);
  const mac = hmacSign(Buffer.concat([iv, ciphertext]), macKey).subarray(0, MAC_BYTES);
  if (!timingSafeEqual(mac, encrypted.subarray(-MAC_BYTES))) throw new Error('the media was changed on the way');
  return aesDecryptWithIV(ciphertext, cipherKey, iv);
}

async function keysFor(mediaKey: Buffer, type: MediaType): Promise<{ iv: Buffer; cipherKey: Buffer; macKey: Buffer }> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, type);
  if (!macKey) throw new Error(`media of type ${type} have no keys`);
  return { iv: Buffer.from(iv), cipherKey: Buffer.from(cipherKey), macKey: Buffer.from(macKey) };
}

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
