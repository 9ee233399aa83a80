import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  type Decipheriv,
  type Hash,
  type Hmac,
  timingSafeEqual,
} from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { getMediaKeys } from '@whiskeysockets/baileys';
import type { MediaKind } from '#core/domain/media-kinds.ts';

const CIPHER = 'aes-256-cbc';
/** Of the HMAC that ends an encrypted file. */
const MAC_BYTES = 10;

export interface MediaKeys {
  readonly iv: Uint8Array;
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
}

/** What a media key stands for. @param mediaKey 32 bytes */
export async function mediaKeysOf(mediaKey: Uint8Array, kind: MediaKind): Promise<MediaKeys> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, kind);
  if (!macKey) throw new Error(`files of kind ${kind} have no keys`);
  return { iv, cipherKey, macKey };
}

/** A file that is not what its message says: changed, cut off, or under another key. */
export class MediaCorruptError extends Error {
  override readonly name = 'MediaCorruptError';
}

/** Encrypts a file as WhatsApp does: AES-256-CBC, then ten bytes of an HMAC. Knows the digests of both sides at its end. */
export class MediaEncryption extends Transform {
  readonly #cipher: Cipheriv;
  readonly #hmac: Hmac;
  readonly #plain = createHash('sha256');
  readonly #encrypted = createHash('sha256');
  sizeBytes = 0;
  encryptedBytes = 0;

  constructor({ iv, cipherKey, macKey }: MediaKeys) {
    super();
    this.#cipher = createCipheriv(CIPHER, cipherKey, iv);
    this.#hmac = createHmac('sha256', macKey).update(iv);
  }

  /** Once, after the end. */
  digests(): { readonly fileSha256: Buffer; readonly fileEncSha256: Buffer } {
    return { fileSha256: this.#plain.digest(), fileEncSha256: this.#encrypted.digest() };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sizeBytes += chunk.length;
    this.#plain.update(chunk);
    const encrypted = this.#cipher.update(chunk);
    this.#hmac.update(encrypted);
    done(null, this.#counted(encrypted));
  }

  override _flush(done: TransformCallback): void {
    const last = this.#cipher.final();
    const mac = this.#hmac.update(last).digest().subarray(0, MAC_BYTES);
    done(null, this.#counted(Buffer.concat([last, mac])));
  }

  #counted(encrypted: Buffer): Buffer {
    this.encryptedBytes += encrypted.length;
    this.#encrypted.update(encrypted);
    return encrypted;
  }
}

export interface ExpectedMedia {
  readonly sha256: Uint8Array;
  /** Some senders leave it out. */
  readonly encSha256?: Uint8Array | undefined;
}

/**
 * Decrypts a file. What it gives out is only believed when the stream has ended: the HMAC and both digests are checked at the end, and
 * a file that is not what its message says fails with a MediaCorruptError.
 */
export class MediaDecryption extends Transform {
  readonly #decipher: Decipheriv;
  readonly #hmac: Hmac;
  readonly #expected: ExpectedMedia;
  readonly #plain: Hash = createHash('sha256');
  readonly #encrypted: Hash = createHash('sha256');
  /** The last bytes are no ciphertext, and which are the last shows at the end. */
  #held = Buffer.alloc(0);

  constructor({ iv, cipherKey, macKey }: MediaKeys, expected: ExpectedMedia) {
    super();
    this.#decipher = createDecipheriv(CIPHER, cipherKey, iv);
    this.#hmac = createHmac('sha256', macKey).update(iv);
    this.#expected = expected;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#encrypted.update(chunk);
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = Math.max(0, bytes.length - MAC_BYTES);
    this.#held = Buffer.from(bytes.subarray(end));
    const ciphertext = bytes.subarray(0, end);
    this.#hmac.update(ciphertext);
    done(null, this.#digested(this.#decipher.update(ciphertext)));
  }

  override _flush(done: TransformCallback): void {
    const mac = this.#hmac.digest().subarray(0, MAC_BYTES);
    if (mac.length !== this.#held.length || !timingSafeEqual(mac, this.#held)) {
      return done(new MediaCorruptError('the file does not match its key'));
    }
    const { sha256, encSha256 } = this.#expected;
    const last = this.#digested(this.#decipher.final());
    if (!this.#plain.digest().equals(sha256))
      return done(new MediaCorruptError('the file is not the one of its message'));
    if (encSha256 && !this.#encrypted.digest().equals(encSha256)) {
      return done(new MediaCorruptError('the encrypted file is not the one of its message'));
    }
    done(null, last);
  }

  #digested(plain: Buffer): Buffer {
    this.#plain.update(plain);
    return plain;
  }
}
