import { NOISE_WA_HEADER } from '@whiskeysockets/baileys';

const LENGTH_BYTES = 3;
/** `E D 0 1` before the routing bytes that an earlier connection was given. */
const ROUTING_HEADER = Buffer.from([0x45, 0x44, 0x00, 0x01]);
/** The largest body that the three length bytes can tell. */
const LONGEST_FRAME = 2 ** 24 - 1;

/**
 * Cuts the client's byte stream into frames. The stream begins with the WA header, before which routing
 * bytes may stand; each frame is a three-byte big-endian length and that many bytes.
 */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  #headerSeen = false;

  /** Takes the next bytes and returns the frames that are complete now. Throws when the header is not WhatsApp's. */
  push(bytes: Uint8Array): Buffer[] {
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes]);
    if (!this.#headerSeen && !this.#takeHeader()) return [];
    const frames: Buffer[] = [];
    for (let frame = this.#takeFrame(); frame; frame = this.#takeFrame()) frames.push(frame);
    return frames;
  }

  #takeHeader(): boolean {
    let start = 0;
    if (this.#pending.subarray(0, ROUTING_HEADER.length).equals(ROUTING_HEADER)) {
      const lengthEnd = ROUTING_HEADER.length + LENGTH_BYTES;
      if (this.#pending.length < lengthEnd) return false;
      start = lengthEnd + this.#pending.readUIntBE(ROUTING_HEADER.length, LENGTH_BYTES);
    }
    const end = start + NOISE_WA_HEADER.length;
    if (this.#pending.length < end) return false;
    if (!this.#pending.subarray(start, end).equals(NOISE_WA_HEADER)) throw new Error('unknown stream header');
    this.#pending = this.#pending.subarray(end);
    this.#headerSeen = true;
    return true;
  }

  #takeFrame(): Buffer | undefined {
    if (this.#pending.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + this.#pending.readUIntBE(0, LENGTH_BYTES);
    if (this.#pending.length < end) return undefined;
    const frame = this.#pending.subarray(LENGTH_BYTES, end);
    this.#pending = this.#pending.subarray(end);
    return frame;
  }
}

/** Puts the length before the body. Throws when the body does not fit into three length bytes. */
export function encodeFrame(body: Uint8Array): Buffer {
  if (body.length > LONGEST_FRAME) throw new Error(`a frame holds ${LONGEST_FRAME} bytes at most`);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUIntBE(body.length, 0, LENGTH_BYTES);
  frame.set(body, LENGTH_BYTES);
  return frame;
}
