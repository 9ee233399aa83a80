import { inflateSync } from 'node:zlib';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { decodeDecompressedBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys';
import * as tokens from '@whiskeysockets/baileys/lib/WABinary/constants.js';

/** Bit 1 of the first byte says that zlib comes after it. */
const COMPRESSED = 2;

/** Encodes a stanza as it goes into a frame: a flag byte, then the binary node. */
export function encodeStanza(stanza: BinaryNode): Buffer {
  return encodeBinaryNode(stanza);
}

/** Decodes one plaintext frame, compressed or not. Throws when it is no stanza. */
export function decodeStanza(plaintext: Uint8Array): BinaryNode {
  const body = Buffer.from(plaintext.buffer, plaintext.byteOffset + 1, plaintext.byteLength - 1);
  const isCompressed = ((plaintext[0] ?? 0) & COMPRESSED) !== 0;
  return decodeDecompressedBinaryNode(isCompressed ? inflateSync(body) : body, tokens);
}
