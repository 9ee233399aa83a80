import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Of the field that Curve25519 and Ed25519 share (RFC 7748, 4.1). */
const P = 2n ** 255n - 19n;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Of the last byte of a number: of a coordinate it is no part of that, of a signature it is the sign of its author's key. */
const TOP_BIT = 0x80;
/** What DER puts before an Ed25519 public key (RFC 8410, 4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Whether the owner of this key signed the message: XEdDSA, as Signal signs with keys of Curve25519
 * (https://signal.org/docs/specifications/xeddsa/). The key becomes one of Ed25519, and OpenSSL does the rest.
 * @param publicKey 32 bytes @param signature 64 bytes
 */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) throw new Error('wrong public key length');
  if (signature.length !== SIGNATURE_BYTES) throw new Error('wrong signature length');
  const ofEd25519 = Buffer.from(signature);
  const last = ofEd25519[SIGNATURE_BYTES - 1] ?? 0;
  ofEd25519[SIGNATURE_BYTES - 1] = last & ~TOP_BIT;
  return verify(null, message, edwardsKey(publicKey, last & TOP_BIT), ofEd25519);
}

/** The same point on the twisted Edwards curve: y = (u − 1) / (u + 1) (RFC 7748, 4.1). */
function edwardsKey(publicKey: Uint8Array, sign: number): KeyObject {
  const u = numberOf(publicKey);
  const key = bytesOf(modulo((u - 1n) * inverseOf(u + 1n)));
  key[KEY_BYTES - 1] = (key[KEY_BYTES - 1] ?? 0) | sign;
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, key]), format: 'der', type: 'spki' });
}

const modulo = (value: bigint): bigint => ((value % P) + P) % P;

/** 1 / value by Euclid's algorithm; 0 for 0, as the exponentiation of RFC 7748 gives. The key is public, so time may tell of it. */
function inverseOf(value: bigint): bigint {
  let [older, newer] = [P, modulo(value)];
  let [olderFactor, newerFactor] = [0n, 1n];
  while (newer !== 0n) {
    const quotient = older / newer;
    [older, newer] = [newer, older - quotient * newer];
    [olderFactor, newerFactor] = [newerFactor, olderFactor - quotient * newerFactor];
  }
  return older === 1n ? modulo(olderFactor) : 0n;
}

/** Little-endian, without the top bit. */
function numberOf(bytes: Uint8Array): bigint {
  const bigEndian = Buffer.from(bytes).reverse();
  bigEndian[0] = (bigEndian[0] ?? 0) & ~TOP_BIT;
  return BigInt(`0x${bigEndian.toString('hex')}`);
}

const bytesOf = (value: bigint): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * KEY_BYTES, '0'), 'hex').reverse();
