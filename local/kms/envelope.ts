import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** First byte of every ciphertext; another layout gets another number. */
const LAYOUT = 1;
const KEY_ID_BYTES = 16;
/** NIST SP 800-38D: what AES-GCM takes without a further hash, and its full tag. */
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** Pairs that are authenticated but not encrypted; order does not matter. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * Encrypts with AES-256-GCM: layout, key id, IV, tag, ciphertext. Layout, key id and context are
 * authenticated with it.
 * @param keyId UUID of the key
 * @param material 32 bytes
 */
export function seal(keyId: string, material: Uint8Array, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const header = Buffer.concat([Buffer.from([LAYOUT]), Buffer.from(keyId.replaceAll('-', ''), 'hex')]);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', material, iv).setAAD(associatedData(header, context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), sealed]);
}

/** UUID of the key that made a ciphertext; undefined when it cannot be one of ours. */
export function keyIdOf(ciphertext: Buffer): string | undefined {
  if (ciphertext.length < HEADER_BYTES + IV_BYTES + TAG_BYTES || ciphertext[0] !== LAYOUT) return undefined;
  const hex = ciphertext.toString('hex', 1, HEADER_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Decrypts what `seal` made; undefined when it was altered or the context is another one. */
export function open(material: Uint8Array, ciphertext: Buffer, context: EncryptionContext): Buffer | undefined {
  const header = ciphertext.subarray(0, HEADER_BYTES);
  const iv = ciphertext.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
  const tag = ciphertext.subarray(HEADER_BYTES + IV_BYTES, HEADER_BYTES + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', material, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(header, context)).setAuthTag(tag);
  const start = decipher.update(ciphertext.subarray(HEADER_BYTES + IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    // The only thing that final() refuses is a tag that does not fit.
    return undefined;
  }
}

function associatedData(header: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
}
